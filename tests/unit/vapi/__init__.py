"""Vapi's translations and the answer before a call, without any I/O."""
