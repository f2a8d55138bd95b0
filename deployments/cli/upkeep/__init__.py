"""Commands that keep an installation well: backups, keys, tokens, what waits to be told."""
