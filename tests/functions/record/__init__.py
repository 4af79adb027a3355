"""Tests of functions/record."""
