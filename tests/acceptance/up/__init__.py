"""`ringback up` as people run it: one process tree, killed, frozen, restored."""
