"""resident_id."""
