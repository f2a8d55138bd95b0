"""Ticket systems of our own on the loopback, which keep their vendors' documented rules of the wire."""
