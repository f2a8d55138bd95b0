"""Unit tests: hooks."""
