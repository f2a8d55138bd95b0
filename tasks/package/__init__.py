"""The package for engineering: everything it asks for, and no whole number."""
