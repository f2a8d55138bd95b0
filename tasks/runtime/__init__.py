"""Settings, and the one place where platform, ledger and policy become a context."""
