"""Unit tests: triage."""
