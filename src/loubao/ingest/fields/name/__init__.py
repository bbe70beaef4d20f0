"""name."""
