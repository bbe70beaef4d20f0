"""What the rules do not know of a month's files → questions → lines of the rules.

survey.py         DATA as a rules folder understands it, nothing refused
questions.py      a question, its items and options; what an answer settles
asked_files.py    which list is this file
open_columns.py   headers that no rule knows; which of them the cells prove
asked_headers.py  which field is this header
asked_places.py   which official name is this place
asked_values.py   what does this word mean; which rows of a new list count
column_kinds.py   what the cells of a column are, to put the likeliest field first
official_places.py  every village as an answer
given_answers.py  the answers of a file, and which question each is for
rule_changes.py   an answer → the files of rules that it changes
new_list.py       a list that the rules do not have
rule_text.py      YAML and villages.csv changed as text, all else to the byte
"""

from __future__ import annotations

from loubao.adaptation.asked_files import file_questions
from loubao.adaptation.asked_headers import header_questions
from loubao.adaptation.asked_places import place_questions
from loubao.adaptation.asked_values import condition_questions, value_questions
from loubao.adaptation.questions import Question, in_order
from loubao.adaptation.survey import Survey


def first_questions(seen: Survey) -> list[Question]:
    """Return what must be settled before the cells can be asked: files, single headers."""
    first = [*file_questions(seen), *header_questions(seen)]
    return in_order(
        [question for question in first if question.kind in {"file", "columns", "header"}]
    )


def questions(seen: Survey) -> list[Question]:
    """Return everything that is to be asked as far as the files are understood, in order."""
    return in_order(
        [
            *file_questions(seen),
            *header_questions(seen),
            *place_questions(seen),
            *value_questions(seen),
            *condition_questions(seen),
        ]
    )
