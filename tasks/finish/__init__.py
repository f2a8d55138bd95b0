"""The end of a recovery: the counts, the next action, the ETA, the report."""
