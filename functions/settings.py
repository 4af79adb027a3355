"""Settings: one group per concern, from the environment (`TIDINGS_…`) or the command line. Read once, by app.py
and __main__.py."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

FAILPOINT = r"([a-z]+:(drop|twice|change|poison)|(save|commit):die)@[1-9]\d*"


class KafkaSettings(BaseSettings):
    """`TIDINGS_KAFKA_…`, read where TIDINGS_LOG names a Kafka."""

    model_config = SettingsConfigDict(env_prefix="TIDINGS_KAFKA_", frozen=True)

    prefix: str = Field("", pattern=r"^[A-Za-z0-9._-]{0,100}$")
    """Before the names of topics and groups; of use where a cluster is shared."""

    create: bool = True
    """Whether missing topics may be created at a start."""

    replication: int = Field(-1, ge=-1)
    """Copies of each record in topics that are created; -1: as the brokers say (default.replication.factor)."""

    insync: int = Field(1, ge=1)
    """Copies that must have a record before it counts (min.insync.replicas); 2 where there are 3 of them."""

    days: float = Field(7.0, gt=0)
    """Days that records are kept (retention.ms): for so long a function may be away and miss nothing."""

    max_bytes: int = Field(4 << 20, ge=1 << 20)
    """Bytes of a record (max.message.bytes). The bridge cuts groups at 512 KiB; a definition may be larger."""

    tls: bool = False
    """Whether the brokers speak TLS."""

    ca: Path | None = None
    """PEM file of who signs the brokers' certificates; none: those that this machine trusts."""

    cert: Path | None = None
    """PEM file of the certificate to show, where the brokers ask for one."""

    key: Path | None = None
    """PEM file of its key, without a password."""

    user: str | None = None
    """Of SASL; none: no SASL."""

    password: SecretStr | None = None
    """Of that user."""

    mechanism: str = Field("SCRAM-SHA-512", pattern="^(PLAIN|SCRAM-SHA-256|SCRAM-SHA-512)$")
    """Of SASL. PLAIN sends the password as it is: with TLS only."""


class Settings(BaseSettings):
    """Each field is followed by its unit, its default and the reason for it."""

    model_config = SettingsConfigDict(env_prefix="TIDINGS_", frozen=True)

    data: Path = Path(".tidings")
    """Folder of the embedded log, stores and broker. One process uses it at a time."""

    log: str = "local:"
    """Where events are kept: `local:`, in `data`, or kafka://host:port[,host:port]."""

    kafka: KafkaSettings = Field(default_factory=KafkaSettings)
    """How to speak to it."""

    series: str | None = None
    """URL of the series store; none: embedded, in `data` (duckdb:///…)."""

    series_token: SecretStr | None = None
    """Of InfluxDB, where the URL has none."""

    documents: str | None = None
    """URL of the document store; none: embedded, in `data` (sqlite:///…)."""

    documents_password: SecretStr | None = None
    """Of the URL's user, where the URL has none."""

    objects: str | None = None
    """URL of the object store; none: a folder in `data` (file:///…)."""

    objects_secret: SecretStr | None = None
    """Of the URL's key, where the URL has none."""

    mqtt: str | None = None
    """URL of the MQTT broker, mqtt://[user:password@]host:port, or mqtts:// for TLS; none: embedded, in `data`.
    What the log has not taken stays there: it must queue without a limit (Mosquitto: max_queued_messages 0)."""

    mqtt_ca: Path | None = None
    """PEM file of who signs that broker's certificate; none: those that this machine trusts."""

    mqtt_cert: Path | None = None
    """PEM file of the certificate to show, where the broker asks for one."""

    mqtt_key: Path | None = None
    """PEM file of its key, without a password."""

    bridges: int = Field(1, ge=1, le=16)
    """Bridges that are active at once. More than 1 only where the broker gives all of a device to one of them: EMQX
    with `mqtt.shared_subscription_strategy = hash_topic`. Mosquitto gives messages in turn, out of a device's order."""

    bridge: int = Field(0, ge=0)
    """Which of them this one is, from 0 up to TIDINGS_BRIDGES - 1. Two with the same number are active and standby."""

    shards: int = Field(2, ge=1, le=64)
    """Partitions of every topic, chosen at install and checked at every start. 2: the demo's machine has two cores."""

    listen: str = "127.0.0.1"
    """Address of the web server. Anything but the loopback needs `token`."""

    port: int = Field(8080, ge=0, le=65535)
    """TCP port of the web server; 0: a free one, printed."""

    mqtt_port: int = Field(1883, ge=0, le=65535)
    """TCP port of the embedded broker (always on 127.0.0.1); 0: a free one, printed."""

    token: str | None = None
    """What a caller of the API shows as `Authorization: Bearer …`. None: no check, on the loopback only."""

    tenants: frozenset[str] = frozenset({"main"})
    """Tenants that MQTT topics may name: `tidings/<tenant>/<device>/telemetry`."""

    auto_register: frozenset[str] = frozenset({"*"})
    """Tenants whose unknown devices are let in; `*`: all. The demo lets all in: devices appear as they report."""

    definitions: Path = Path("definitions")
    """Folder of YAML or JSON files with profiles, rules and devices, loaded at start."""

    keep_raw: int = Field(7, ge=1)
    """Days that raw readings are kept; older ones are rejected `time_too_old`. A week is what the demo's disk bears."""

    keep_minutes: int = Field(90, ge=1)
    """Days that rollups of a minute are kept; those of an hour are kept for ever."""

    keep_log: float = Field(1.0, gt=0)
    """Days that a record of the log is kept after every function is past it."""

    payload_bytes: int = Field(256 * 1024, ge=1024)
    """Bytes a message from a device may have; the embedded broker takes 8 MB, so that the refusal can be told."""

    payload_metrics: int = Field(1000, ge=1)
    """Metrics a message may have."""

    traces: str | None = Field(None, pattern="^https?://[^/]+/?$")
    """Receiver of OpenTelemetry over HTTP, http://host:4318, which is told where the time of each batch goes: a span
    for each function that handles it. None: nobody is told, for it costs."""

    failpoints: str = Field("", pattern=rf"^({FAILPOINT}(,{FAILPOINT})*)?$")
    """Faults on purpose, for tests of the ledger and the auditor alone: see failpoints.py."""

    @model_validator(mode="after")
    def _is_one_of_the_bridges(self) -> Self:
        if self.bridge >= self.bridges:
            raise ValueError(f"TIDINGS_BRIDGE={self.bridge} is none of TIDINGS_BRIDGES={self.bridges}, counted from 0")
        return self
