"""ElevenLabs' outbound campaigns, where an account has them: what waves are then, and jobs of their own."""
