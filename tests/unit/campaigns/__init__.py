"""Outbound campaigns of ElevenLabs in our words."""
