"""What is told outside, on real HTTP and mail: written with the state, in order, by one hand at a time."""
