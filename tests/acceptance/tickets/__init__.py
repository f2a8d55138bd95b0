"""Recoveries that a ticket asked for, from its hook to the last comment."""
