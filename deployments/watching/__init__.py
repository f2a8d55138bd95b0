"""Looking on while a recovery runs: at a terminal, and in a browser."""
