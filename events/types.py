"""The types of events, the topics they are kept in, and the order of topics. Used by functions, hosts and render.

A topic is a noun, so that raised and cleared of one alert stay in order. The inbox holds whatever comes from outside;
`TOPIC` says where an event goes when a function gives it.
"""

from __future__ import annotations

from typing import Final

PREFIX: Final = "io.tidings."

PAYLOAD_RECEIVED: Final = PREFIX + "payload.received"  # raw bytes at the edge, before ingest; never kept
PAYLOAD_REFUSED: Final = PREFIX + "payload.refused"  # in the inbox: what ingest could not read
TELEMETRY_RECEIVED: Final = PREFIX + "telemetry.received"  # in the inbox: Readings as they came
CLOCK_TICKED: Final = PREFIX + "clock.ticked"
DEFINITION_CHANGED: Final = PREFIX + "definition.changed"
COMMAND_GIVEN: Final = PREFIX + "command.given"

TELEMETRY_VALIDATED: Final = PREFIX + "telemetry.validated"
READING_REJECTED: Final = PREFIX + "reading.rejected"
COMMAND_REJECTED: Final = PREFIX + "command.rejected"

DEVICE_REGISTERED: Final = PREFIX + "device.registered"
DEVICE_ONLINE: Final = PREFIX + "device.online"
DEVICE_OFFLINE: Final = PREFIX + "device.offline"
DEVICE_SEEN: Final = PREFIX + "device.seen"
DEVICE_CHANGED: Final = PREFIX + "device.changed"  # disabled, enabled, deleted by a definition

ANOMALY_OPENED: Final = PREFIX + "anomaly.opened"
ANOMALY_UPDATED: Final = PREFIX + "anomaly.updated"
ANOMALY_CLOSED: Final = PREFIX + "anomaly.closed"

ALERT_RAISED: Final = PREFIX + "alert.raised"
ALERT_UPDATED: Final = PREFIX + "alert.updated"
ALERT_ACKNOWLEDGED: Final = PREFIX + "alert.acknowledged"
ALERT_SNOOZED: Final = PREFIX + "alert.snoozed"
ALERT_CLEARED: Final = PREFIX + "alert.cleared"

PLATFORM_BLIND: Final = PREFIX + "platform.blind"
LEDGER_COUNTED: Final = PREFIX + "ledger.counted"
DEAD_LETTERED: Final = PREFIX + "dead.lettered"

INBOX: Final = "inbox"
TELEMETRY: Final = "telemetry"
PLATFORM: Final = "platform"
DEAD_LETTER: Final = "dead.letter"

TOPIC: Final = {
    CLOCK_TICKED: TELEMETRY,
    DEFINITION_CHANGED: TELEMETRY,
    COMMAND_GIVEN: TELEMETRY,
    TELEMETRY_VALIDATED: TELEMETRY,
    PAYLOAD_REFUSED: INBOX,
    TELEMETRY_RECEIVED: INBOX,
    READING_REJECTED: "rejected",
    COMMAND_REJECTED: "rejected",
    DEVICE_REGISTERED: "device",
    DEVICE_ONLINE: "device",
    DEVICE_OFFLINE: "device",
    DEVICE_SEEN: "device",
    DEVICE_CHANGED: "device",
    ANOMALY_OPENED: "anomaly",
    ANOMALY_UPDATED: "anomaly",
    ANOMALY_CLOSED: "anomaly",
    ALERT_RAISED: "alert",
    ALERT_UPDATED: "alert",
    ALERT_ACKNOWLEDGED: "alert",
    ALERT_SNOOZED: "alert",
    ALERT_CLEARED: "alert",
    PLATFORM_BLIND: PLATFORM,
    LEDGER_COUNTED: PLATFORM,
    DEAD_LETTERED: DEAD_LETTER,
}
"""Where an event of a type goes when a function gives it."""

TOPICS: Final = (
    INBOX,
    TELEMETRY,
    "rejected",
    "device",
    "anomaly",
    "alert",
    PLATFORM,
    DEAD_LETTER,
)
ANY_GIVER: Final = frozenset({PLATFORM, DEAD_LETTER})
"""Topics that every function may give; they are always read from the log."""


def verb(type: str) -> str:
    """`io.tidings.alert.raised` → `raised`."""
    return type.rsplit(".", 1)[1]
