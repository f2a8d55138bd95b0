"""Any REST platform behind the Protocol, by a mapping file."""
