"""Tests of the dashboard: its own tools, run from here, and what must hold for its files."""
