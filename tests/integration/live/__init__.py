"""Live views read from a ledger, and the doors that show them."""
