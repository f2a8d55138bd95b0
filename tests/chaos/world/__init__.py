"""A world that moves: what changes between two looks, and the guards that see it."""
