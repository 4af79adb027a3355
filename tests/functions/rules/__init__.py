"""Tests of functions/rules."""
