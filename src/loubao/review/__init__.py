"""Clerical review: the doubtful pairs of a month, decided at the desk before anybody walks.

cards          what is shown of one question: the person, the candidates, field by field
people_asked   which people of a month are asked about, and in which order
presentation   a question as the desk shows it
contrast       two values, what differs marked character by character
known          what the ledger knows of the month: reviews, verdicts, people carried along
judging        what readers have said of a question, and what a decision posts to the ledger
session        one sitting: questions, decisions, and the store that keeps them
sheet_lines    the questions as lines of a workbook, each with its key
returned_book  a workbook that was filled in: answers, and what is odd
kappa          the agreement of two readers
"""
