"""What commands share on the disk."""
