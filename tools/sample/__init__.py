"""An invented district, the exports its township offices would get, and the truth about both.

How to read this package, in the order in which things come into being:

========================  =========================================================================
``villages.py``           the zone's 78 villages and how clerks spell them
``numbers.py``            resident ID numbers on unassigned division codes
``characters.py``         characters that are taken for one another: sound, look, script
``names.py``              clans, generation characters, spouses from abroad
``district.py``           people in households: twins, namesakes, fathers and sons
``circumstances.py``      rolls and exclusions: being named on a list, in which months
``sources.py``            the four source lists, on both sides of each rule
``casting.py``            who gets which part, doubles included
``truth.py``              the policy: who qualifies, what covers, what is expected of a tool
``lists.py``              what each list prints about a person
``faults.py``             **the tables of faults**: name → what happens → function
``number_faults.py``      the functions that spoil a number
``name_faults.py``        the functions that spoil a name
``spoiling.py``           deals the faults out, each kind often enough
``exportfile.py``         how a file is described
``may.py``, ``june.py``   **the tables of files**: list → file name, format, headers, layout
``layouts.py``            entries → a page of rows: titles, totals, households, merged cells
``writing.py``            a page → bytes of xlsx, BIFF, ods, HTML, csv
========================  =========================================================================

Everything hangs on one seed; nothing reads the clock. Nobody in it lives.
"""
