"""ROOM 3: decisions → cases → printed sheets → answers → progress.

Who is to be visited

coverage.py     what each source list's people already get (the policy's table, applied)
households.py   who lives together
remarks.py      benefits, candidates, doubles: what stands beside a case
screening.py    the cases: each person once, numbered in the order of the sheets
wording.py      sentences from rows
tables.py       counts by town, village and list

From month to month

standing.py     the events of a case → what it has come to
known.py        what the ledger has of people; who is carried along
recognition.py  who of the ledger is in this month's lists
one_person.py   rows that a village has said are one person
homes.py        whose household they belong to
news.py         what a month makes of a person
continuing.py   the walk through everybody: numbers, events, places
corrections.py  a month that is run again: what is taken back
numbering.py    case numbers
candidates.py   of whom a sheet asks whether it is the same person
judgements.py   what people said of pairs
sampling.py     linked people who are sent out to check the links
editions.py     the sheets of a month by edition
changes.py      本月变化: what happened to everybody

Back from the villages

returned.py     sheets as they come back: lines and headers
returned_page.py … a page → its lines
answers.py      lines → answers, each cell as its column asks
on_file.py      what the ledger has of the cases that came back
replies.py      lines of known persons with their answers
same_person.py  judgements on candidates, merges
verification.py what is posted, what stays out
newcomers.py    people added by hand
difficult_book.py 疑难.xlsx

Supervision

progress.py     standing → figures, people and households
progress_book.py 进度.xlsx; figure_columns.py the columns that its pages share
circular.py     the draft of the circular
quality.py      what answers say of the links; quality_page.py its page
archive_index.py 目录.xlsx

On paper
paper.py        styles and sizes that the workbooks share
layouts.py      the two layouts of most printed pages: a list, and a page to be read
expectation.py  visits that were not needed, people who were missed: what is expected
villages.py     the people by village, what is shown of them
sheets.py       village sheets
summary.py      汇总.xlsx
overview.py     … its first page
outlook.py      … its page of expected costs
issue_book.py   数据问题.xlsx, 回收问题.xlsx
report/         report.html
standards/      标准核查.xlsx: the standards of the notice, and the rolls against them
"""
