"""Whole recoveries on a platform in memory: what evidence says, what people decide, and where they stop."""
