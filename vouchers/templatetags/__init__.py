"""Words of the vouchers that templates ask for."""
