"""When everybody is dispatched and when the last call has ended."""
