"""What a picture of an incident shows: its lines, its marks, and the time in which nothing moved."""
