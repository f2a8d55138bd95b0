"""Unit tests: masking."""
