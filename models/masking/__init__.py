"""What is shown of phone numbers and secrets outside the ledger: nothing whole."""
