"""The sheet around the rows: how a file is laid out, where its table begins and ends, what columns it has."""
