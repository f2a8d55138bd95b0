"""The package: its people, its schemas, its size, and what a check of it finds."""
