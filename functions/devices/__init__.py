"""The web API of devices: what is defined of each and how it stands, as one document."""
