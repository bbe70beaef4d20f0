"""The standards of the notice, section 二(三): what they are, and whether the rolls keep them.

tariff.py     a minimum wage → every standard, as decimals
payments.py   records of the rolls → who is paid how much: households, persons, awards
audit.py      payments of 低保 and awards against the tariff → findings.py
support.py    those of 特困
averages.py   payments → averages, and how they grew in a year
report.py     all of it for one month, worded
pages.py      … laid out: 标准核查.xlsx and the page in 汇总.xlsx
"""
