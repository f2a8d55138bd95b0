"""The report of a recovery in two voices and three formats."""
