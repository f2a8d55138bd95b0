"""Unit tests: calling."""
