"""The world of the sandbox: people, permits, dials and faults on one clock."""
