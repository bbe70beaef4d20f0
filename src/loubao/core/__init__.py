"""Shapes that all floors share; nothing here knows another floor."""
