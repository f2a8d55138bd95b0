"""Prefect: what is registered there, how runs are conducted, shown and woken."""
