"""Anything may happen between any two steps: one stateful test and its stage."""
