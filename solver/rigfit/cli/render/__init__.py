"""Turning answers and reasons into text; no number is made here."""
