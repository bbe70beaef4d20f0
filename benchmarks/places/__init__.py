"""How well the villages of counties that nobody here had in mind are recognised."""
