"""What `--help` prints: groups, examples and exit codes of the commands."""
