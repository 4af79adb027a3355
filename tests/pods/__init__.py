"""Tests of the demo on real servers."""
