"""What one whole recovery costs our side: played on the platform in memory, counted at the database."""
