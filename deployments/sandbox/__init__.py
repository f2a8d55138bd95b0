"""A voice platform in its own process: real wire formats, scripted faults, no dedupe, every dial recorded."""
