"""Prefect's API: the one REST client, forms, artifacts, states, and a server of our own."""
