"""Finds Kafka at a start, or says in a line why not. Used by kafka.py alone.

The library tries until its time is over, whatever is in the way, and does not say what it was. So the way to the
brokers is looked at first, and its clients are asked afterwards.
"""

from __future__ import annotations

import socket
import ssl
import struct
from contextlib import suppress
from typing import Any

from kafka import KafkaAdminClient
from kafka.errors import KafkaError
from kafka.net.compat import KafkaNetClient

from events.kafka_options import KafkaOptions
from events.log import Unusable

WITHIN, LOOK = 6_000, 2.0
"""ms until it is given up; seconds for a look at one broker."""

VERSIONS = struct.pack(">ihhih", 10, 18, 0, 1, -1)
"""Kafka's first question, which it answers to everyone: which versions it speaks. Length, key, version, number of the
question, no name of ours."""

LENGTH = b"\0"
"""How an answer begins: with a length of four bytes that is far below 16 MiB."""

OLDEST = (2, 6)
"""A producer of an older Kafka may not go on after an error without losing the order (KIP-360 and its repairs)."""


def connect(options: KafkaOptions) -> KafkaAdminClient:
    """A client to look after topics with. Unusable: nobody there, no certificate, no password, too old."""
    clients: list[KafkaNetClient] = []

    def kept(**configs: Any) -> KafkaNetClient:
        clients.append(KafkaNetClient(**configs))
        return clients[-1]

    told = options.client()
    if None not in (looks := [_look(options, server) for server in options.servers]):
        raise Unusable(str(looks[0]))
    try:
        admin = KafkaAdminClient(**told, bootstrap_timeout_ms=WITHIN, request_timeout_ms=WITHIN, kafka_client=kept)
    except (KafkaError, OSError, ValueError) as error:
        why = _why(options, clients, error)
        for client in clients:
            client.close()
        raise Unusable(why) from error
    version = clients[-1].get_broker_version()
    if version < OLDEST:
        admin.close()
        least, is_ = ".".join(map(str, OLDEST)), ".".join(map(str, version))
        raise Unusable(f"Kafka at {options.where} speaks version {is_}: TIDINGS_LOG must name one of {least} or newer")
    return admin


def _why(options: KafkaOptions, clients: list[KafkaNetClient], error: Exception) -> str:
    refused = [failure for client in clients if (failure := _auth_failure(client))]
    if refused or options.user:
        said = refused[0] if refused else error
        return (
            f"Kafka at {options.where} refuses TIDINGS_KAFKA_USER={options.user} ({said}): correct it, "
            "TIDINGS_KAFKA_PASSWORD or TIDINGS_KAFKA_MECHANISM"
        )
    return (
        f"no Kafka answers at {options.where} ({error}): correct TIDINGS_LOG, or the listener's TIDINGS_KAFKA_TLS and "
        "TIDINGS_KAFKA_USER"
    )


def _auth_failure(client: KafkaNetClient) -> Exception | None:
    manager = client._manager
    nodes = [broker.node_id for broker in client.cluster.bootstrap_brokers()]
    return next((failure for node in nodes if (failure := manager.auth_failure(node))), None)


def _look(options: KafkaOptions, server: str) -> str | None:
    """What is wrong with the way to a broker, before Kafka's own protocol begins."""
    host, _, port = server.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), LOOK) as plain:
            return _look_at_tls(options, server, plain, host) if options.tls else _look_at_plain(server, plain)
    except OSError as error:
        return f"nothing answers at {server} ({error}): start Kafka there, or correct TIDINGS_LOG"


def _look_at_plain(server: str, plain: socket.socket) -> str | None:
    """A listener of TLS answers with an alert, or ends the connection. The library would try until its time is over."""
    plain.settimeout(WITHIN / 1000)
    said = b""
    try:
        plain.sendall(VERSIONS)
        said = plain.recv(1)
    except TimeoutError:
        return f"no Kafka answers at {server} (it takes connections and says nothing): start it, or correct TIDINGS_LOG"
    except OSError:  # it ended the connection
        pass
    if said != LENGTH and _speaks_tls(server):
        return f"Kafka at {server} speaks TLS: set TIDINGS_KAFKA_TLS=true and TIDINGS_KAFKA_CA"
    return None


def _look_at_tls(options: KafkaOptions, server: str, plain: socket.socket, host: str) -> str | None:
    try:
        with options.context().wrap_socket(plain, server_hostname=host) as encrypted:
            encrypted.settimeout(LOOK)
            return _look_at_certificate(options, server, encrypted)
    except ssl.SSLCertVerificationError as error:
        return (
            f"the certificate of Kafka at {server} is not trusted ({error.verify_message}): "
            f"TIDINGS_KAFKA_CA={options.ca} must name who signed it, and TIDINGS_LOG the name it is for"
        )
    except (ssl.SSLError, OSError) as error:
        return f"Kafka at {server} does not speak TLS as asked ({error}): see TIDINGS_KAFKA_TLS and TIDINGS_KAFKA_CERT"


def _look_at_certificate(options: KafkaOptions, server: str, encrypted: ssl.SSLSocket) -> str | None:
    """In TLS 1.3 the server's word on our certificate comes after the handshake."""
    with suppress(TimeoutError):
        try:
            encrypted.sendall(b"")
            encrypted.recv(1)
        except ssl.SSLError as error:
            return (
                f"Kafka at {server} does not take TIDINGS_KAFKA_CERT={options.cert} ({error.reason}): "
                "name a certificate that it knows"
            )
    return None


def _speaks_tls(server: str) -> bool:
    """Whether a broker speaks TLS where we do not."""
    blind = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    blind.check_hostname, blind.verify_mode = False, ssl.CERT_NONE
    host, _, port = server.rpartition(":")
    with suppress(OSError), socket.create_connection((host.strip("[]"), int(port)), LOOK) as plain:
        blind.wrap_socket(plain).close()
        return True
    return False
