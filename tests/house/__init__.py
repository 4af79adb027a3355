"""Tests of the house itself: how big its rooms are, who may import whom, what its pages say."""
