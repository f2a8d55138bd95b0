"""The docs, and what prints parts of them."""
