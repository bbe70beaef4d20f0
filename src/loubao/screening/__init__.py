"""Screening: records and decisions → the cases of a month.

coverage.py       one outcome for each person and source list
cases.py          the people to visit by households, in the order of the sheets
annotations.py    what a sheet prints beside a case
expected_cost.py  visits that were not needed, people who were missed
"""
