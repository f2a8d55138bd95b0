"""Hand-overs, rule by rule."""
