"""Unit tests: Retell."""
