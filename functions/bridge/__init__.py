"""The bridge: what devices publish over MQTT into the inbox, acknowledged when the log has it; and the ticks that go
through the broker."""
