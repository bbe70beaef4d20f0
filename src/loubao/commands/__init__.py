"""One module a command: the order of its steps, and all that it reads and writes."""
