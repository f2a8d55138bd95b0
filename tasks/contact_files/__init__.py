"""Contact files of any shape, as rows: read, checked, written clean."""
