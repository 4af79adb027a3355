"""Tests of events/: what an event is, where it is kept, how it travels."""
