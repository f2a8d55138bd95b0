"""Commands that put a recovery into words for people."""
