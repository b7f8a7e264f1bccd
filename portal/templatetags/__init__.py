"""The few template tags that all pages share."""
