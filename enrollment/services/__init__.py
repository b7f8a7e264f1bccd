"""What people and the clock do in this app: one function each."""
