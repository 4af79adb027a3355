"""The topics that devices publish to, and those the bridge has for itself. Used by the bridge."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from events import structured
from events.mqtt import Message
from events.payloads import Payload
from events.readings import FRESH, REPEATED, RETAINED

TELEMETRY = "tidings/+/+/telemetry"
TOO_LONG = "tidings/+/+/+/+/#"
"""Subscribed too, so that a device id with `/` in it gets an answer instead of silence."""

DEFAULT_TENANT = "main"


class Arrival(NamedTuple):
    """A message of a device, or what is wrong with its topic, as ingest takes it."""

    tenant: str
    payload: Payload


class Share(NamedTuple):
    """Which bridge this is of how many that share a broker's messages."""

    number: int = 0
    of: int = 1

    def client_id(self, name: str) -> str:
        """Of this bridge and its standby."""
        return name if self.of == 1 else f"{name}-{self.number}"

    def filters(self, name: str) -> list[str]:
        """What it subscribes to. One of several gets its share of the devices, and its own ticks by a filter that is
        shared with none."""
        if self.of == 1:
            return [TELEMETRY, TOO_LONG]
        return [f"$share/{name}/{TELEMETRY}", f"$share/{name}/{TOO_LONG}", self.tick_topic(name)]

    def tick_topic(self, name: str) -> str:
        """Of a bridge that is alone, the same filter brings it as brings telemetry: a broker keeps order within a
        filter, not between two. Of several, no shared filter may bring it to another."""
        return f"tidings/$clock/{self.client_id(name)}/{'telemetry' if self.of == 1 else 'tick'}"


def state_topic(bridge: str) -> str:
    """Where a bridge tells its standby whether it lives."""
    return f"tidings/$bridge/{bridge}/state"


def arrival(message: Message, received: int, is_tenant: Callable[[str], bool]) -> Arrival | None:
    """Where a message belongs; None if its topic is not telemetry. A bad device id is left for ingest to refuse."""
    parts = message.topic.split("/")
    if len(parts) < 4 or parts[-1] != "telemetry":
        return None
    # An empty device id would let a CloudEvent name any device as its subject.
    tenant, device = parts[1], "/".join(parts[2:-1]) or "/"
    if not is_tenant(tenant):
        tenant, device = DEFAULT_TENANT, f"{tenant}/{device}"
    body, content_type = _content(message)
    delivery = RETAINED if message.published.retained else REPEATED if message.repeated else FRESH
    return Arrival(tenant, Payload(device, body, content_type, received, delivery))


def _content(message: Message) -> tuple[bytes, str]:
    """Body and content type; a CloudEvent in binary form (attributes as user properties) becomes a structured one."""
    content_type, attributes = message.published.content_type, dict(message.published.attributes)
    if "specversion" not in attributes:
        return message.body, content_type
    held = {**attributes, "datacontenttype": content_type or "application/json"}
    return structured.wrapped(held, message.body), structured.MEDIA_TYPE
