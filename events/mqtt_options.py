"""Which MQTT broker a connection is for, and how. Made by the bridge; used by mqtt.py and mqtt_session.py."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import urlsplit

from events.log import Unusable
from events.mqtt_tls import Tls


class Note(NamedTuple):
    """What is published to a topic."""

    topic: str
    body: bytes


@dataclass(frozen=True)
class Options:
    """url: `mqtt://[user:password@]host[:port]`, or `mqtts://`. filters: subscribed to with QoS 1.

    window: messages that may be unacknowledged. expiry: seconds that the broker keeps the session; 0: each begins anew.
    greeting, farewell: retained by the broker when connected, and when stopped or broken off. tls: for `mqtts://`.
    """

    url: str
    client_id: str
    filters: Sequence[str]
    window: int = 1000
    expiry: int = 7 * 86_400
    greeting: Note | None = None
    farewell: Note | None = None
    tls: Tls = field(default_factory=Tls)

    @property
    def secure(self) -> bool:
        return urlsplit(self.url).scheme == "mqtts"

    @property
    def address(self) -> tuple[str, int]:
        """Unusable: the URL, which may hold a password and is not repeated, names none."""
        parts = urlsplit(self.url)
        try:
            if parts.scheme in ("mqtt", "mqtts"):
                return parts.hostname or "127.0.0.1", parts.port or (8883 if self.secure else 1883)
        except ValueError:
            pass  # the port is no number
        named = f"TIDINGS_MQTT ({parts.scheme or 'nothing'}:…)"
        raise Unusable(f"{named} names no broker: give mqtt://host:port or mqtts://host:port")
