"""The demo: invented organizations and people, and vouchers in every state."""
