"""Unit tests: plan."""
