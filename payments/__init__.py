"""What the sponsor owes: rates, payment requests, invoices, payments.

Nouns: rates, requests, invoices, reviews.
"""
