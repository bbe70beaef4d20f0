"""Screening: records and decisions → the cases of a month.

coverage.py       one outcome for each person and source list
cases.py          the people to visit, in the order of the sheets
households.py     who is visited together
addresses.py      where in the village somebody lives, as a sheet prints it
candidates.py     who on rolls and exclusions may be the person of a case
annotations.py    what a sheet prints beside a case
expected_cost.py  visits that were not needed, people who were missed
"""
