"""Prefect tasks and all I/O: they look, ask a rule in models/, write down, act."""
