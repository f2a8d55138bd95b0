"""Values and errors that every room uses."""
