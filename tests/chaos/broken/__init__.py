"""Builds that break a promise on purpose: every suite has to notice each of them."""
