"""Pages of days and vouchers, for the customer and for the partner."""
