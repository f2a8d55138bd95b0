"""Waves that are single calls: each asked for by a request of its own."""
