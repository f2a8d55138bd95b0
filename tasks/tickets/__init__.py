"""Telling ticket systems: one adapter a file behind one Protocol, and the deliverer of the outbox."""
