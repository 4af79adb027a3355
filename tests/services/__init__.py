"""Tests of the real servers: how they are built, started, found again and ended."""
