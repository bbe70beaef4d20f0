"""One folder a list: an export as it comes, and what tidying makes of it. See README.md."""
