"""Hand-overs: what operators saw of a job that no program can read, and what follows from it."""
