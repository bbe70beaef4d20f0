"""Resident identity numbers: one identifier, read by a few verbs (see `number`)."""

from loubao.ingest.fields.resident_id.number import normalise
from loubao.ingest.fields.resident_id.validity import birth_date, check_digit, sex

__all__ = ["birth_date", "check_digit", "normalise", "sex"]
