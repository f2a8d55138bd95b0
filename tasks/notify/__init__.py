"""Notifications of people, by whatever channel they read."""
