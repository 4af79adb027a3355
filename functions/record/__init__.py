"""Keeps every good reading: raw rows, and rollups of a minute and an hour, in the series store."""
