"""Mapping files: how a REST platform's answers are read, and what may be asked of it, as a checked value."""
