"""What the program prints into its own docs."""
