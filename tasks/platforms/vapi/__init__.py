"""Vapi's campaigns of version 2 behind the Protocol."""
