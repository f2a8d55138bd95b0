"""Runs: claimed or joined, conducted, stopped, and brought to their end in Prefect."""
