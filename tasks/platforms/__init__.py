"""One adapter a file, all behind the Protocol in port.py."""
