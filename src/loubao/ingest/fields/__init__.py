"""From the text of one cell to a value: one field, one module or one folder."""
