"""Settings: one group per concern, from the environment (`TIDINGS_…`) or the command line. Read once, by app.py
and __main__.py."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

FAILPOINT = r"[a-z]+:(drop|twice|change)@[1-9]\d*"


class Settings(BaseSettings):
    """Each field is followed by its unit, its default and the reason for it."""

    model_config = SettingsConfigDict(env_prefix="TIDINGS_", frozen=True)

    data: Path = Path(".tidings")
    """Folder of the embedded log, stores and broker. One process uses it at a time."""

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

    failpoints: str = Field("", pattern=rf"^({FAILPOINT}(,{FAILPOINT})*)?$")
    """Faults on purpose, for tests of the ledger and the auditor alone: see failpoints.py."""
