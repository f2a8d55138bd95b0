"""Retell behind the Protocol: batches read from calls and an upload, single calls with a token."""
