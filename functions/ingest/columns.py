"""Readings of many messages gathered into columns, a batch for each shard. Used by ingest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from events.log import shard_of
from events.readings import Readings
from functions.ingest.metrics import Value


class Origin(NamedTuple):
    """What all readings of an item share. Times in µs."""

    device: str
    time: int
    received: int
    delivery: int


@dataclass
class _Shard:
    """Columns while they grow: one entry an item, but codes and values, which have one a reading; texts by row."""

    devices: dict[str, int] = field(default_factory=dict)
    device: list[int] = field(default_factory=list)
    time: list[int] = field(default_factory=list)
    received: list[int] = field(default_factory=list)
    delivery: list[int] = field(default_factory=list)
    length: list[int] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)
    values: list[Value] = field(default_factory=list)
    texts: dict[int, str] = field(default_factory=dict)

    def readings(self, metrics: tuple[str, ...]) -> Readings:
        rows = len(self.values)
        length = np.array(self.length)
        return Readings(
            tuple(self.devices), metrics,
            np.array(self.device, np.int32).repeat(length), np.array(self.codes, np.int32),
            np.array(self.time, np.int64).repeat(length), np.array(self.received, np.int64).repeat(length),
            np.array(self.values, np.float64), np.zeros(rows, np.bool_), np.zeros(rows, np.bool_),
            np.array(self.delivery, np.uint8).repeat(length),
            tuple(map(self.texts.get, range(rows))) if self.texts else None,
        )  # fmt: skip


class Columns:
    """The readings of one tenant. metrics: name → code, shared by all shards; a name in it is known to be good."""

    def __init__(self, tenant: str, shards: int) -> None:
        self.metrics: dict[str, int] = {}
        self._tenant, self._shards = tenant, [_Shard() for _ in range(shards)]
        self._places: dict[str, tuple[_Shard, int]] = {}

    def add(self, origin: Origin, values: Mapping[str, Value]) -> int:
        """Adds the readings of one item, whose metrics were judged and are not empty; returns how many."""
        shard, code = self._places.get(origin.device) or self._place(origin.device)
        metrics = self.metrics
        try:
            shard.codes.extend([metrics[name] for name in values])
        except KeyError:
            for name in values:
                metrics.setdefault(name, len(metrics))
            shard.codes.extend([metrics[name] for name in values])
        shard.device.append(code)
        shard.time.append(origin.time)
        shard.received.append(origin.received)
        shard.delivery.append(origin.delivery)
        shard.length.append(len(values))
        shard.values.extend(values.values())
        return len(values)

    def add_with_texts(self, origin: Origin, values: Mapping[str, Value]) -> int:
        """The same where some values are texts: NaN stands for them."""
        self.add(origin, {name: np.nan if isinstance(value, str) else value for name, value in values.items()})
        shard, _ = self._places[origin.device]
        first = len(shard.values) - len(values)
        shard.texts |= {first + i: value for i, value in enumerate(values.values()) if isinstance(value, str)}
        return len(values)

    def batches(self) -> Iterator[tuple[int, Readings]]:
        """The readings of each shard that has any."""
        metrics = tuple(self.metrics)
        for number, shard in enumerate(self._shards):
            if shard.values:
                yield number, shard.readings(metrics)

    def _place(self, device: str) -> tuple[_Shard, int]:
        shard = self._shards[shard_of(self._tenant, device, len(self._shards))]
        place = self._places[device] = shard, shard.devices.setdefault(device, len(shard.devices))
        return place
