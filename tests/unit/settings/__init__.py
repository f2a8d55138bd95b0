"""Unit tests: settings."""
