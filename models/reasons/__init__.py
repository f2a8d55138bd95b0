"""What a published reason means for redialling: the tables, and who finds the row."""
