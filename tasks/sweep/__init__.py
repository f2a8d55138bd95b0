"""Looking at every running job, and clearing away what is old."""
