"""The report of a recovery as people pass it on, made from the ledger alone."""
