"""The carrier beneath the sandbox's platforms: what truly became of each dial."""
