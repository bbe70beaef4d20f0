"""Filled-in village sheets → answers, and what is posted of them."""
