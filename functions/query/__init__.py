"""The API that reads: series, readings, alerts, anomalies, what was rejected, the ledger, and the platform's state."""
