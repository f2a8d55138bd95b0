"""What a package is: its layout, its published schemas, and how one is checked without anything else."""
