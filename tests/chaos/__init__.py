"""Kills recoveries at every fault point, resumes them, and holds what is left against the promises."""
