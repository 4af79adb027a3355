"""Tests of functions/query."""
