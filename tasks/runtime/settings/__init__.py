"""Settings, read and checked before anything starts: a file for each part of ringback.toml."""
