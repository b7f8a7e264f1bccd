"""Organizations and people: registering, inviting, joining, leaving, recovering."""
