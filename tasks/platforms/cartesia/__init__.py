"""Cartesia call batches behind the Protocol."""
