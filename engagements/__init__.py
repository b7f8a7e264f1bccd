"""The work done for a voucher: its days, its people, its completion report.

Nouns: schedules, engagements, reports, redemptions.
"""
