"""Whatever comes in: no exception leaves ingest, and every row of the input is a reading or named in a refusal."""

from __future__ import annotations

import json
import math
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from events.event import Event
from events.payloads import Payload, Refused
from events.readings import Readings
from events.types import PAYLOAD_RECEIVED
from functions.ingest.body import Limits
from functions.ingest.handler import take
from functions.ingest.names import is_device, is_metric

NOW = 1_795_485_650_000_000

words = st.text(max_size=3)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | words | st.sampled_from(["1.5", "NaN"])
nested = st.lists(scalars, max_size=2) | st.dictionaries(words, scalars, max_size=2)
values = scalars | nested | st.dictionaries(words, nested, max_size=2)
texts = st.sampled_from(["2026-11-24T12:00:00Z", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59"])
times = st.just(1_795_485_640_123) | texts | scalars
envelopes = st.fixed_dictionaries(
    {"specversion": st.just("1.0"), "id": st.just("1"), "source": st.just("/x"), "type": st.just("t"), "time": texts,
     "subject": st.just("pump-1"), "data": st.fixed_dictionaries({"a": scalars})}
)  # fmt: skip
names = st.sampled_from(["a", "b", "a.b", "time", "ts", "values", "specversion", "x y", "🌡"]) | words
objects = st.dictionaries(names, values, max_size=3) | st.fixed_dictionaries({"time": times, "a": scalars}) | envelopes
messages = objects | st.lists(objects | values, max_size=3) | values
kinds = st.sampled_from(["", "application/json", "application/cloudevents+json", "application/cloudevents-batch+json"])
bodies = messages.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=20)
payloads = st.builds(
    Payload, st.sampled_from(["pump-1", "a/b", ""]) | words, bodies, kinds, st.just(NOW), st.integers(0, 2)
)


def outcome(*given_payloads: Payload, limits: Limits | None = None) -> tuple[list[Any], list[Event]]:
    return take(Event(PAYLOAD_RECEIVED, given_payloads, NOW), 3, limits or Limits())


@given(st.lists(payloads, max_size=3))
def test_no_exception_leaves_it_and_what_it_gives_is_well_formed(batch: list[Payload]) -> None:
    outcomes, events = outcome(*batch)
    batches = [event.data for event in events if isinstance(event.data, Readings)]
    assert sum(map(len, batches)) == sum(each.readings for each in outcomes)
    assert all(each.readings or each.refusals for each in outcomes)
    for data in batches:
        assert repr(list(Readings.decode(data.encode()).rows())) == repr(list(data.rows()))
        assert all(map(is_device, data.devices))
        assert all(map(is_metric, data.metrics))
        assert all(math.isfinite(row.value) != (row.text is not None) for row in data.rows())
    for event in events:
        if isinstance(event.data, Refused):
            assert event.data.field.isprintable()
            assert event.subject == event.data.device
            assert not event.subject or is_device(event.subject)


@given(st.dictionaries(st.sampled_from(["a", "b.c", "d"]) | words, scalars, min_size=1, max_size=6))
def test_every_metric_of_an_object_is_a_reading_or_refused(metrics: dict[str, Any]) -> None:
    [told], _ = outcome(Payload("pump-1", json.dumps({"values": metrics, "ts": 1_795_485_640_123}).encode(), "", NOW))
    assert told.readings + len(told.refusals) == len(metrics)


@given(st.lists(objects | scalars, min_size=1, max_size=4))
def test_every_item_of_an_array_is_told(items: list[Any]) -> None:
    _, events = outcome(Payload("pump-1", json.dumps(items).encode(), "", NOW))
    refused = {event.data.field.split("]")[0] for event in events if isinstance(event.data, Refused)}
    alone = [outcome(Payload("pump-1", json.dumps([item]).encode(), "", NOW))[0][0] for item in items]
    assert refused == {f"[{i}" for i, told in enumerate(alone) if told.refusals}
    readings = sum(len(event.data) for event in events if isinstance(event.data, Readings))
    assert readings == sum(told.readings for told in alone)


@given(st.lists(payloads, max_size=3), st.integers(0, 3))
def test_how_a_batch_is_cut_changes_nothing(batch: list[Payload], cut: int) -> None:
    def rows(*parts: list[Payload]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for part in parts:
            for event in outcome(*part)[1]:
                if isinstance(event.data, Readings):
                    found.setdefault(event.partitionkey, []).extend(map(repr, event.data.rows()))
        return found

    assert rows(batch) == rows(batch[:cut], batch[cut:])
