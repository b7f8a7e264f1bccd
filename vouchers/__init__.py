"""Entitlement days and the vouchers made of them, from creation to redemption.

Nouns: agreements, ledger, accrual, purchase_imports, conversions, vouchers, numbers,
assignment, voucher_imports, reservations, redemptions, extensions, suspension,
retirement, retirement_effects, retirement_letters, outlook.

``numbers`` are the voucher numbers that people read over the telephone; ``redemptions``
use a voucher up, as in ``engagements``.
"""
