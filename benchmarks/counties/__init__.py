"""Two invented counties: acceptance data for a screening month, its damage, its examination."""
