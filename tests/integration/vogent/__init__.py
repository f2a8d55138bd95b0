"""Vogent from end to end on a clock of the tests' own."""
