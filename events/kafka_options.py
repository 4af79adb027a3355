"""Where Kafka is and how to speak to it, as settings say it. Made by functions/app.py (and by tests) from the URL in
TIDINGS_LOG and the group TIDINGS_KAFKA_…; used by the other kafka_*.py.

The libraries' own lines are silenced: what goes wrong with Kafka is told here in a line of ours, by an exception or by
`trouble`.
"""

from __future__ import annotations

import logging
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from events.log import Unusable

SCHEME = "kafka"

RECONNECT_AT_MOST = 1000
"""ms between two attempts to reach a broker: it is seen again within a second of its return."""

logging.getLogger("kafka").setLevel(logging.CRITICAL)


@dataclass(frozen=True)
class KafkaOptions:
    """servers: `host:port` of some brokers. prefix: before the names of topics and groups, where a cluster is shared.

    replication: copies of each record (-1: as the brokers say). insync: copies that must have a record before it
    counts. days: that records are kept. max_bytes: of a record. create: whether missing topics may be made.
    tls: whether to encrypt; ca, cert, key: files in PEM. mechanism, user, password: of SASL, if a user is named.
    """

    servers: tuple[str, ...]
    prefix: str = ""
    replication: int = -1
    insync: int = 1
    days: float = 7.0
    max_bytes: int = 4 << 20
    create: bool = True
    tls: bool = False
    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None
    mechanism: str = "SCRAM-SHA-512"
    user: str | None = None
    password: str | None = None

    @property
    def where(self) -> str:
        """For a line about it."""
        return ",".join(self.servers)

    def client(self) -> dict[str, Any]:
        """What every client of the library is told. Unusable: a file of TLS that cannot be read."""
        told: dict[str, Any] = {
            "bootstrap_servers": list(self.servers),
            "reconnect_backoff_max_ms": RECONNECT_AT_MOST,
            "security_protocol": ("SASL_" if self.user else "") + ("SSL" if self.tls else "PLAINTEXT"),
        }
        if self.user:
            told |= {
                "sasl_mechanism": self.mechanism,
                "sasl_plain_username": self.user,
                "sasl_plain_password": self.password or "",
            }
        return told | ({"ssl_context": self.context()} if self.tls else {})

    def context(self) -> ssl.SSLContext:
        """How a server's certificate is checked, and what is shown to it."""
        try:
            context = ssl.create_default_context(cafile=str(self.ca) if self.ca else None)
        except (OSError, ssl.SSLError) as error:
            raise Unusable(f"TIDINGS_KAFKA_CA={self.ca} cannot be read ({error}): name a file in PEM") from error
        if self.cert:
            try:
                context.load_cert_chain(str(self.cert), str(self.key) if self.key else None)
            except (OSError, ssl.SSLError) as error:
                raise Unusable(
                    f"TIDINGS_KAFKA_CERT={self.cert} and TIDINGS_KAFKA_KEY={self.key} cannot be read ({error}): "
                    "name a certificate and its key, in PEM, the key without a password"
                ) from error
        return context


def servers_of(url: str) -> tuple[str, ...]:
    """`kafka://host:port[,host:port]` as the brokers it names. Unusable otherwise."""
    parts = urlsplit(url)
    servers = tuple(filter(None, parts.netloc.split(",")))
    if parts.scheme != SCHEME or not servers or parts.path or not all(map(_is_server, servers)):
        raise Unusable(
            f"TIDINGS_LOG ({parts.scheme or 'nothing'}:…) names no log: give `local:` or kafka://host:port[,host:port]"
        )
    return servers


def _is_server(text: str) -> bool:
    host, _, port = text.rpartition(":")
    return bool(host) and "@" not in host and port.isdecimal() and 0 < int(port) < 65536
