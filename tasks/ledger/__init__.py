"""The ledger's store: every write in one transaction with its audit entry and its fencing token."""
