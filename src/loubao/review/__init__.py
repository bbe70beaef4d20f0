"""Clerical review: the doubtful pairs of a month, decided at the desk before anybody walks.

cards.py          what is shown of one question: the person, the candidates, field by field
questions.py      which people of a month are asked about, and in which order
differences.py    two values side by side, what differs marked character by character
judging.py        a decision at the desk → what is posted to the ledger
agreement...      readers
"""
