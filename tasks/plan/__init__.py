"""The plan: frozen, shown, approved."""
