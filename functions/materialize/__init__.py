"""Turns the platform's small events into documents that the web APIs read."""
