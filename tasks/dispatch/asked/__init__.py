"""Platforms that ask right before a call: the ledger answers."""
