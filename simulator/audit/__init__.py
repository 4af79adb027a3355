"""The auditor: compares what was sent and injected with what the platform stored, counted and raised."""
