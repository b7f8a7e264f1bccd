"""Entitlement days and the vouchers made of them, from creation to redemption."""
