"""Go, hold or abort, and how a recovery ends."""
