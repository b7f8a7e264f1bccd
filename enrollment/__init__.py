"""Who may deliver what: catalogue, eligibility, agreements, enrollment, profile."""
