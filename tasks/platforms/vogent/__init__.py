"""Vogent's batch dial jobs behind the Protocol."""
