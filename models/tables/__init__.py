"""The ledger's tables: what is written here is the truth."""
