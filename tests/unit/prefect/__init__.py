"""Unit tests: prefect."""
