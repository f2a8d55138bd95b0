"""ElevenLabs' outbound campaigns over the same dispatcher."""
