"""Commands by which people decide about whom a recovery kept back, and see what else waits for them."""
