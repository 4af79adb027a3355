"""Tests of functions/archive."""
