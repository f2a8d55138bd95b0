"""Taking over what operators see of a job that no program can read."""
