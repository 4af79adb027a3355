"""Tests of the alert function; what rules mean is in tests/rules."""
