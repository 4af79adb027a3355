"""From the inbox to telemetry: which readings count, which device sent them, and whether it is still there."""
