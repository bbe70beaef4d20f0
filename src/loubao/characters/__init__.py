"""What is known of Chinese characters: the tables in `loubao/tables`, and what they say.

    tables.py    the tables, read on first use and kept: variants, readings, surnames, spellings
    reading.py   how a match key sounds
    places.py    short names taken apart a column at a time

A floor of its own below the rooms: the tidying folds and resolves characters, the linkage compares
how they sound. It knows no record and no rule.
"""
