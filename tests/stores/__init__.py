"""Tests of the stores: one contract a port, run over every implementation that conftest.py lists."""
