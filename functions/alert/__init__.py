"""alert: rules to alerts."""
