"""Mosquitto, an MQTT broker (3.1.1 and 5), from the system's packages. TIDINGS_MQTT."""

from __future__ import annotations

import getpass
from collections.abc import Sequence

from services.cache import find, tell
from services.ports import HOST, ask
from services.problem import CannotServe
from services.server import Server

CONNECT = b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x05\x00\x00\xe0\x00"
"""MQTT 3.1.1, section 3.1: clean session, keep-alive 5 s, no client id; then DISCONNECT."""
CONNACK = b"\x20\x02\x00\x00"

CONF = """\
listener {port} {host}
allow_anonymous true
persistence true
persistence_location {data}/
# The default, 1000, drops silently what a slow subscriber has not taken.
max_queued_messages 0
# Started by root, it would become another user and not read its own folder.
user {user}
{extra}
"""


class Mosquitto(Server):
    """A broker. `extra`: lines of mosquitto.conf. What it has taken is on disk only after a clean stop, unless they say
    otherwise: `autosave_interval 1` keeps all but the last second, at a price."""

    name = "mosquitto"
    setting = "TIDINGS_MQTT"

    @property
    def url(self) -> str:
        return f"mqtt://{HOST}:{self.port}"

    @classmethod
    def _lacks(cls) -> str | None:
        return None if find("mosquitto") else "mosquitto is missing: apt-get install mosquitto"

    @classmethod
    def build(cls) -> None:
        if (why := cls.missing()) is not None:
            raise CannotServe(why)
        tell("mosquitto: the system's own")

    def _command(self) -> Sequence[str]:
        return [str(find("mosquitto")), "-c", str(self.folder / "mosquitto.conf")]

    def _configure(self) -> None:
        text = CONF.format(port=self.port, host=HOST, data=self.data, user=getpass.getuser(), extra=self.extra)
        (self.folder / "mosquitto.conf").write_text(text)

    def _answers(self) -> bool:
        return ask(self.port, CONNECT, len(CONNACK)) == CONNACK


running = Mosquitto.running
