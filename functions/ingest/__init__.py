"""Payloads of devices, as they come over MQTT and HTTP, into columns of readings; what cannot be read into refusals."""
