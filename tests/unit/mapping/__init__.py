"""Mapping files: what is taken, and what is refused."""
