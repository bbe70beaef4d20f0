"""Judge a run of the monthly job against the truth of an invented district."""
