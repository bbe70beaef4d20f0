"""The invented district: people, the lists that name them, the damage done to their rows."""
