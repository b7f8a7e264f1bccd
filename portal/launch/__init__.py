"""The launcher: whatever ``./run`` does, with the standard library alone."""
