"""Which sender and which start the options mean. Called by `run`."""

from __future__ import annotations

import argparse
import os
import resource
import time
from urllib.parse import urlsplit

import httpx

from simulator.clock import instant
from simulator.mqtt_link import Broker
from simulator.send_http import HttpSender
from simulator.send_mqtt import MqttSender
from simulator.sender import Sender, Settled


def sender_for(options: argparse.Namespace, devices: list[str], settled: Settled) -> Sender:
    """The transport that the URL's scheme names. ValueError for another scheme."""
    parts = urlsplit(options.url)
    if parts.scheme in ("http", "https"):
        return HttpSender(options.url.rstrip("/"), options.tenant, max(1, options.connections), options.batch, settled)
    if parts.scheme not in ("mqtt", "tcp"):
        raise ValueError(f"--url {options.url}: use mqtt://HOST:PORT or http://HOST:PORT")
    run = f"simulator-{options.seed}-{os.getpid()}"
    _allow(len(devices) if not options.connections else options.connections)
    names = [f"{run}-{i}" for i in range(options.connections)] or devices or [run]
    broker = Broker(
        host=parts.hostname or "127.0.0.1",
        port=parts.port or 1883,
        topic=f"tidings/{options.tenant}/{{device}}/telemetry",
        window=max(1, options.window // len(names)),
        buffer=max(1, options.buffer // len(names)),
    )
    return MqttSender(broker, names, settled)


def _allow(connections: int) -> None:
    """Raise the soft limit of open files as far as many connections need it and the hard one lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if connections + 100 > soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, connections + 100), hard))


def start_of(text: str, lead: float) -> float:
    """Unix s: `lead` from now, the moment that the text names, or what the clock of the platform's log shows.

    ValueError says what it cannot read, or that the platform does not answer.
    """
    if not text:
        return time.time() + lead
    if not text.startswith("http"):
        return instant(text)
    try:
        return (
            float(httpx.get(f"{text.rstrip('/')}/api/v1/status", timeout=5).raise_for_status().json()["clock"]) / 1000
        )
    except (httpx.HTTPError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"--start {text}: no clock there ({error!r}): is the platform running?") from None
