"""PostgreSQL as Django speaks to it, in fewer round trips: see ``base``."""
