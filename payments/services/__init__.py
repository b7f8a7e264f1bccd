"""What partners and the sponsor do about money."""
