"""Supervision: the ledger → progress by place, and the quality of the linkage."""
