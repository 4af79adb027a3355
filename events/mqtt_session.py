"""The MQTT 5 protocol as paho speaks it, without a thread of its own. Used by mqtt.py alone, which drives it."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from events.log import Unusable
from events.mqtt_options import Note, Options
from events.mqtt_publish import Published, decode
from events.mqtt_socket import Buffered
from events.mqtt_tls import Tls

TAKEN_OVER = 0x8E
"""Reason of a broker for ending a connection: another one has taken its session over (MQTT 5.0, 3.14.2.1)."""

KEEPALIVE = 10
"""Seconds; a broker that hangs is noticed after twice as long."""


class Message(NamedTuple):
    """A message as it was delivered. epoch: the connection it came by.

    repeated: it was, or may have been, delivered before: it is flagged so, or came in the first window of a resumed
    session; some brokers do not flag what they deliver again.
    """

    epoch: int
    repeated: bool
    published: Published

    @property
    def topic(self) -> str:
        return self.published.topic

    @property
    def body(self) -> bytes:
        return self.published.body


class Session:
    """epoch: counts connections. received: messages. trouble: why it is not connected, in a line; None when it is."""

    def __init__(self, options: Options, receive: Callable[[Message], None]) -> None:
        self.epoch = self.received = self._early = 0
        self.taken_over = False
        self.trouble: str | None = "not connected yet"
        self._options, self._receive = options, receive
        self._opened: Buffered | None = None
        self._answered = False
        self.client = _client(options)
        self.client.on_connect, self.client.on_disconnect = self._on_connect, self._on_disconnect
        self.client.on_subscribe, self.client.deliver = self._on_subscribe, self._deliver

    def open(self) -> Buffered:
        """Begins a connection. OSError if nobody is there."""
        host, port = self._options.address
        self._answered, self._opened = False, None
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho leaves it so
        properties.ReceiveMaximum = self._options.window
        properties.SessionExpiryInterval = self._options.expiry
        self.client.connect(host, port, KEEPALIVE, clean_start=self._options.expiry == 0, properties=properties)
        opened = self.client.socket()
        if not isinstance(opened, Buffered):
            raise ConnectionError("closed at once")
        self._opened = opened
        return opened

    def lost(self, said: object) -> None:
        """Takes down why there is no connection: an exception, or the reason that the protocol gives."""
        if self._options.secure and not self._answered:
            said = (self._opened.failure if self._opened else None) or said
            self.trouble = self._options.tls.why(said)
        else:
            self.trouble = f"broker away: {said}"

    @property
    def is_kept(self) -> bool:
        """Whether another might take it over."""
        return self._options.expiry > 0

    def ack(self, message: Message) -> None:
        """Acknowledges; what came by an older connection is passed over, the broker delivers it again."""
        _, qos, mid, *_ = message.published
        if message.epoch == self.epoch and qos:
            self.client.ack(mid, qos)

    def publish(self, note: Note, keep: bool = False) -> None:
        """Publishes with QoS 1, if connected."""
        if self.trouble is None:
            self.client.publish(note.topic, note.body, 1, keep)

    def leave(self) -> None:
        """Says farewell and ends the connection."""
        if self._options.farewell:
            self.publish(self._options.farewell, keep=True)
        self.client.disconnect()

    def _on_connect(
        self, client: Client, _: Any, flags: ConnectFlags, reason: ReasonCode, __: Properties | None
    ) -> None:
        self._answered = True
        if reason.is_failure:
            self.trouble = f"broker refuses the connection: {reason}"
            return
        self.epoch += 1
        self._early = self._options.window if flags.session_present else 0
        self.trouble = None
        # What the broker has retained is wanted once, not at every connection.
        client.subscribe([(name, SubscribeOptions(qos=1, retainHandling=1)) for name in self._options.filters])
        if self._options.greeting:
            self.publish(self._options.greeting, keep=True)

    def _on_subscribe(self, _: Client, __: Any, ___: int, reasons: list[ReasonCode], ____: Properties | None) -> None:
        if refused := [str(reason) for reason in reasons if reason.is_failure]:
            self.trouble = f"broker refuses the subscription: {refused[0]}"

    def _on_disconnect(
        self, _: Client, __: Any, ___: DisconnectFlags, reason: ReasonCode, ____: Properties | None
    ) -> None:
        self.taken_over = reason.value == TAKEN_OVER
        self.lost(reason)

    def _deliver(self, flags: int, packet: bytearray) -> None:
        try:
            published = decode(flags, packet)
        except IndexError:
            raise ConnectionError("the broker sent a message that is cut off") from None
        self.received += 1
        early = self._early > 0
        self._early -= early
        self._receive(Message(self.epoch, published.duplicate or early, published))


class _Client(Client):
    """paho over a socket of ours, with a reader of ours for messages."""

    deliver: Callable[[int, bytearray], None]
    tls: ssl.SSLContext | None = None

    def _create_socket(self) -> Buffered:
        opened = self._create_socket_connection()
        # Else each acknowledgement waits 40 ms for the one before it to arrive (Nagle and delayed ACK).
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return Buffered(self.tls.wrap_socket(opened, server_hostname=self._host) if self.tls else opened)

    def _handle_publish(self) -> MQTTErrorCode:
        self.deliver(self._in_packet["command"], self._in_packet["packet"])
        return MQTTErrorCode.MQTT_ERR_SUCCESS


def _client(options: Options) -> _Client:
    parts, _ = urlsplit(options.url), options.address
    client = _Client(
        CallbackAPIVersion.VERSION2, options.client_id, protocol=MQTTProtocolVersion.MQTTv5, manual_ack=True
    )
    if parts.username:
        client.username_pw_set(unquote(parts.username), unquote(parts.password or ""))
    if options.secure:
        client.tls = options.tls.context()
    elif options.tls != Tls():
        raise Unusable("TIDINGS_MQTT_CA, _CERT and _KEY are for TLS: let TIDINGS_MQTT begin with mqtts://")
    if options.farewell:
        client.will_set(*options.farewell, qos=1, retain=True)
    return client
