"""Tests of functions/score."""
