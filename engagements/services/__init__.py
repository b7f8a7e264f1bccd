"""Scheduling an engagement, reporting it, and redeeming its voucher."""
