"""Followup: this month's cases beside the ledger.

brought_forward.py  what the ledger brings forward into the month
recognition.py      which case each person of the month's lists is
number_alone.py     … by one proven number, where a name is masked or missing
other_names.py      other names under the number of a case: asked, and answered
shared_numbers.py   several people of one month under one proven number
constraints.py      villages' verdicts on pairs, laid on the month's decisions
earlier_exclusions.py  what exclusion lists of earlier months said and still holds
people.py           the people of the month: those on its lists, and those carried along
case_words.py       where a case of an earlier month stands, in words
dispositions.py     what the month decides for every case, and the events of it
ended_cover.py      cover that was the reason of a refusal, and has ended
covered_before.py   … that was the reason why somebody named was no case
last_printed.py     what was printed before of people who have no row of the month
departures.py       the cases that the month does not send out, and why
sampling.py         the pairs that a sheet asks about
revisions.py        the lines of each village's sheet; which sheets are new editions
month.py            the month's cases, and what is new to the ledger
"""
