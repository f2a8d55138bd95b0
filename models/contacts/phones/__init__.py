"""Phone numbers: what may be dialled, as what, and who is behind it."""
