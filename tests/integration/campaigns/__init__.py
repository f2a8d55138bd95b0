"""Outbound campaigns of ElevenLabs: as waves, and as the job that a person wants recovered."""
