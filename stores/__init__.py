"""What the platform remembers: ports, and an embedded and a server implementation of each."""
