"""Whether the bytes of what is written depend on threads, the order of files, locale or zone."""
