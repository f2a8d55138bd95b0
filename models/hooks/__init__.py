"""Hooks of ticketing systems: is it theirs, what does it ask, and does it ask for the first time."""
