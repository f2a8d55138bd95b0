"""Integration tests: the door for assistants."""
