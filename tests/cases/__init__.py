"""Small months of a kind that was once misread, and their right outcome through the command."""
