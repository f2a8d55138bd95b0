"""ElevenLabs batch calling behind the Protocol."""
