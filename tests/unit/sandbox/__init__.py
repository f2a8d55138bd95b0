"""Unit tests: sandbox."""
