"""The tables of faults: name → what happens to the cell → function.

``NUMBER_FAULTS`` and ``NAME_FAULTS`` spoil one cell and give up where the fault cannot happen
to that text (a number ending in X is never taken for a number by a spreadsheet). ``ROW_FAULTS``
need a second person, the head of the household or whoever stands in the row above, or change
another column: see ``spoiling``.
"""

from __future__ import annotations

from dataclasses import dataclass

from sample import name_faults as name
from sample import number_faults as number
from sample.cells import Spoiler

FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")


@dataclass(frozen=True)
class Fault:
    """What happens, how often compared with the others, and the function that does it."""

    says: str
    share: int
    spoil: Spoiler


NUMBER_FAULTS: dict[str, Fault] = {
    "numeric_cell": Fault("typed as a number: fifteen digits survive", 4, number.numeric_cell),
    "shifted_text": Fault("went through a double and came back as text", 2, number.shifted_text),
    "scientific_text": Fault("3.50599E+17", 2, number.scientific_text),
    "apostrophe": Fault("'350599… to force text", 2, lambda n, rng: "'" + n),
    "backtick": Fault("`350599… to force text", 2, lambda n, rng: "`" + n),
    "number_spaced": Fault("spaces inside or at the end", 2, number.spaced_number),
    "invisible": Fault("a zero-width or no-break character", 2, number.invisible),
    "full_width": Fault("full-width digits", 2, lambda n, rng: n.translate(FULL_WIDTH)),
    "letter_x": Fault("× Х Ⅹ for the last X", 2, number.letter_x),
    "lower_x": Fault("x for X", 2, number.lower_x),
    "letter_o": Fault("O for 0", 2, number.letter_o),
    "letter_l": Fault("l for 1", 2, number.letter_l),
    "prefix_g": Fault("a pupil's number: G before it", 2, lambda n, rng: "G" + n),
    "label": Fault("a label before it", 2, number.label),
    "note_after_number": Fault("a remark after it", 2, number.note_after_number),
    "digit_wrong": Fault("one digit wrong", 4, number.digit_wrong),
    "digits_swapped": Fault("two digits swapped", 3, number.digits_swapped),
    "digit_missing": Fault("one digit missing", 2, number.digit_missing),
    "digit_doubled": Fault("one digit doubled", 2, number.digit_doubled),
    "number_masked": Fault("350599********1234", 3, number.masked_number),
    "fifteen_digits": Fault("the number of before 2000", 3, number.old_number),
    "certificate": Fault("the twenty-digit disability certificate", 2, number.certificate_number),
    "number_missing": Fault("left empty", 2, lambda n, rng: None),
    "number_placeholder": Fault(
        "a word for nothing", 2, lambda n, rng: rng.choice(("无", "不详", "/", "暂无"))
    ),
}

NAME_FAULTS: dict[str, Fault] = {
    "name_spaced": Fault("spaces inside", 4, name.name_spaced),
    "name_noted": Fault("a remark after it", 3, name.name_noted),
    "name_marked": Fault("a mark after it", 1, name.name_marked),
    "traditional": Fault("traditional characters", 3, name.traditional),
    "dot_other": Fault("another dot in a minority name", 3, name.dot_other),
    "dot_missing": Fault("no dot in a minority name", 2, name.dot_missing),
    "homophone": Fault("same sound", 4, name.homophone),
    "look_alike": Fault("same look", 3, name.look_alike),
    "pinyin": Fault("pinyin for a rare character", 2, name.pinyin),
    "components": Fault("(石羡): parts of a rare character", 2, name.components),
    "private_use": Fault("private-use character of GB18030", 2, name.private_use),
    "name_masked": Fault("张*三", 3, name.name_masked),
    "former_name": Fault("a former name", 1, name.former_name),
    "former_noted": Fault("a former name in brackets", 1, name.former_noted),
    "latin_spelled": Fault("a Latin name in another case", 2, name.latin_spelled),
}

ROW_FAULTS: dict[str, tuple[str, int]] = {
    "head_number": ("the household head's number on a member", 4),
    "row_above": ("the number of the row above, copied down", 1),
    "columns_swapped": ("name and number changed places", 2),
    "sex_wrong": ("the other sex", 4),
    "village_unknown": ("a place that is no village of the zone", 2),
    "village_missing": ("no village at all", 1),
}
