"""Names of tenants, devices and metrics: letters, digits and a few signs that are safe in topics, URLs, file names,
line protocol and pages alike. Used by ingest."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")
_DEVICE = re.compile(r"(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}")
_METRIC = re.compile(r"(?!.*\.\.)[A-Za-z0-9_][A-Za-z0-9_.:-]{0,127}")

LONGEST = 128
"""Characters; what is longer is not even looked up, for the caches would keep it."""

DEVICE_RULE = "a device id has up to 128 letters, digits or _ . : - (no .. in it) and begins with a letter or digit"
METRIC_RULE = "a metric has up to 128 letters, digits or _ . : - (no .. in it) and begins with a letter, digit or _"


def is_tenant(name: str) -> bool:
    return _TENANT.fullmatch(name) is not None


def is_device(name: str) -> bool:
    return len(name) <= LONGEST and _is_device(name)


def is_metric(name: str) -> bool:
    return len(name) <= LONGEST and _is_metric(name)


def are_metrics(names: Collection[str]) -> bool:
    """Whether all of them are good; there is at least one."""
    return max(map(len, names)) <= LONGEST and all(map(_is_metric, names))


@lru_cache(16_384)
def _is_device(name: str) -> bool:
    return _DEVICE.fullmatch(name) is not None


@lru_cache(4_096)
def _is_metric(name: str) -> bool:
    return _METRIC.fullmatch(name) is not None


def shown(name: object) -> str:
    """Whatever was given instead of a name, short and in ASCII."""
    return ascii(name[:80] if isinstance(name, str) else name)[:80]
