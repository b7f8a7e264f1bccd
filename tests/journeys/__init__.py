"""Tests that mirror one app."""
