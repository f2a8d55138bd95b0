"""The ledger on real databases: the same promises on a SQLite file and on Postgres."""
