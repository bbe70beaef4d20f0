"""The parts of the generator: people, lives, faults, layouts, formats, truth."""
