"""People in the ledger: whose turn never came, how they count, who was dialled elsewhere, who opted out."""
