"""Unit tests: contacts."""
