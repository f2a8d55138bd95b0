"""Unit tests: verdict."""
