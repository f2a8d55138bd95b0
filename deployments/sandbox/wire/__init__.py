"""The wire format of the sandbox: what it accepts and answers."""
