"""Which partner may deliver what: catalogue, proofs, enrollment, profile, directory.

Nouns: catalogue, programs, rules, agreements, competencies, consultants, enrollments,
reviews, renewals, directory, profiles, enquiries, leavers.

Nouns of ``eligibility``: days, facts, rule, engine, requirements, way_in, coverage,
prospects, leaving, sentences, companies, competencies, consultants, enrollments,
last_days, profiles, agreements.

``leavers`` are people who go, and the work that they hand over; ``sentences`` are the
words that the rules share, ``rule`` is what each of them is.
"""
