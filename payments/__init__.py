"""What the sponsor owes: rates, payment requests, invoices, payments."""
