"""What customers and partners type about vouchers."""
