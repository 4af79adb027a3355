"""Tests of the functions, a folder each."""
