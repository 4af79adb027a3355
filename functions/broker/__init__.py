"""The embedded MQTT broker of a laptop: iotcore in a process of its own that outlives a crash of the platform, so that
what devices send meanwhile is not lost."""
