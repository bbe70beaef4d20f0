"""Trials: the power goes, the disk refuses."""
