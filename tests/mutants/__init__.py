"""Mistakes planted on purpose, one at a time, to see whether a test finds each."""
