"""Unit tests: reasons."""
