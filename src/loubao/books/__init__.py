"""Printed books: one module a workbook or document; each is laid out from frames and wording."""
