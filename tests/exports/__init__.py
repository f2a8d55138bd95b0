"""Contact files as other systems export them, made from a seed, with the truth about each row beside them."""
