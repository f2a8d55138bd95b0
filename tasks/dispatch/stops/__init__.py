"""How a recovery comes to a stop: what is taken back, and who says that a source stands still."""
