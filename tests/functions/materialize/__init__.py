"""Tests of functions/materialize."""
