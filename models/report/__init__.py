"""What is known of a recovery, as every surface tells it: people counted once, causes, advice."""
