"""Vapi's wire format over the same dispatcher."""
