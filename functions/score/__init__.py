"""From telemetry to anomalies: a streaming detector per device and metric."""
