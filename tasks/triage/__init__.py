"""Looking at a job and all around it, and writing the findings down."""
