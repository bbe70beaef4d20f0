"""The month held against the one before and against itself: what no month should be.

- `measures`: a month's frames → counts, shares and medians of each list and file
- `accounts`: what the accounts of the sheets add: rows without people, columns, sheets not read
- `rosters`: who is on each list, as digests of a sample: how many are still there a month later
- `earlier`: what is kept of a month for the next, and the month before as it was kept
- `differences`: shares, counts and medians that differ more than chance and the rules allow
- `implausible`: measures now and then → findings, the worst first
- `finding_words`: findings as a clerk reads them
"""
