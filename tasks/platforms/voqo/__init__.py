"""Voqo behind the Protocol: files and webhooks to read by, single calls to write by."""
