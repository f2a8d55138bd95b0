"""The database under the ledger: copies, restores, schemas, faults."""
