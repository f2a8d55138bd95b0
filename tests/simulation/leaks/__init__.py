"""What simulated recoveries show to anybody: no number and no secret in it, and the same counts."""
