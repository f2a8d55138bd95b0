"""The gateway: hooks of ticketing systems and the API, beside Prefect and in its own process."""
