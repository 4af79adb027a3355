"""The clock: what time it is at the edge, and the ticks by which the log learns it."""
