"""Jobs that no program can read: handed over, stopped by a person, called one by one."""
