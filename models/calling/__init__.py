"""When a person may be called: hours, holidays, zones, caps and gaps."""
