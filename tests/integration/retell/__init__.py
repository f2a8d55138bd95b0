"""Retell over HTTP on the sandbox: batches by their calls and the upload, calls with a token each."""
