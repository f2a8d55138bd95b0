"""What belongs to an account, not to a recovery: permits, and what its listing has shown of our markers."""
