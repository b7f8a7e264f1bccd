"""What people and the clock do with days, vouchers and reservations."""
