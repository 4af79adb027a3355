"""Which model the data of each type of event has. Used by the codec and render."""

from __future__ import annotations

from events import payloads, types
from events.readings import Readings
from events.warm import learn

MODELS: dict[str, type] = {
    types.PAYLOAD_REFUSED: payloads.Refused,
    types.CLOCK_TICKED: payloads.Ticked,
    types.DEFINITION_CHANGED: payloads.Changed,
    types.COMMAND_GIVEN: payloads.Command,
    types.TELEMETRY_RECEIVED: Readings,
    types.TELEMETRY_VALIDATED: Readings,
    types.READING_REJECTED: payloads.Rejected,
    types.COMMAND_REJECTED: payloads.Rejected,
    types.DEVICE_REGISTERED: payloads.DeviceState,
    types.DEVICE_ONLINE: payloads.DeviceState,
    types.DEVICE_OFFLINE: payloads.DeviceState,
    types.DEVICE_SEEN: payloads.DeviceState,
    types.DEVICE_CHANGED: payloads.DeviceState,
    types.ANOMALY_OPENED: payloads.Anomaly,
    types.ANOMALY_UPDATED: payloads.Anomaly,
    types.ANOMALY_CLOSED: payloads.Anomaly,
    types.ALERT_RAISED: payloads.Alert,
    types.ALERT_UPDATED: payloads.Alert,
    types.ALERT_ACKNOWLEDGED: payloads.Alert,
    types.ALERT_SNOOZED: payloads.Alert,
    types.ALERT_CLEARED: payloads.Alert,
    types.PLATFORM_BLIND: payloads.Blind,
    types.LEDGER_COUNTED: payloads.Counted,
    types.DEAD_LETTERED: payloads.DeadLetter,
}
"""type → the model of its data."""

learn(*(model for model in MODELS.values() if model is not Readings))
