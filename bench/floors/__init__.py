"""The floor: the least that Django and PostgreSQL do for the same actions.

A plain project without row-level security, permissions or translations. Whoever reaches
it with those has lost nothing.
"""
