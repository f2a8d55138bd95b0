"""What people outside are told of a recovery, and in which words."""
