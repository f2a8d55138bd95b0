"""Kills on every platform: a recovery dies by SIGKILL at a fault point, goes on, and calls nobody twice."""
