"""Requests in the ledger: written down before they are answered, worked off one by one."""
