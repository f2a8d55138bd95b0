"""ringback under Prefect, as its users meet it: in the UI, over the API, on a server of one's own."""
