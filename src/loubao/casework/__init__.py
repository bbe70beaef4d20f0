"""ROOM 3: decisions → cases → printed sheets.

coverage.py     what each source list's people already get (the policy's table, applied)
households.py   who lives together
remarks.py      benefits, candidates, doubles: what stands beside a case
screening.py    the cases: each person once, numbered in the order of the sheets
wording.py      sentences from rows
paper.py        styles and sizes that the workbooks share
expectation.py  visits that were not needed, people who were missed: what is expected
sheets.py       village sheets
summary.py      汇总.xlsx
overview.py     … its first page
outlook.py      … its page of expected costs
issue_book.py   数据问题.xlsx
standards/      标准核查.xlsx: the standards of the notice, and the rolls against them
"""
