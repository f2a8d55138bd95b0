"""The database under the ledger: its engine, its high-water mark, its accounts, its restores."""
