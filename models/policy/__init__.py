"""How careful a recovery is, in numbers that a person may change."""
