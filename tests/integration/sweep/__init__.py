"""Sweeps over a real ledger and a platform in memory."""
