"""One conformance suite over all adapters and mappings: `python -m tests.conformance --platform NAME`."""
