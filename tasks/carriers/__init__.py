"""Carriers beneath the platforms: asked, read only, what became of a call where a platform's word is open."""
