"""What a recovery did, written so that a later change shows."""
