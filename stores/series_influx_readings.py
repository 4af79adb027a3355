"""Readings one by one from InfluxDB, with what their marks say. Used by series_influx.py."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from stores.ports import Stored
from stores.series_influx_flux import Answer, answers, apart, given, rows, source, where
from stores.series_influx_lines import MARKS, NUMBERS, OF_METRIC, RECEIVED, TEXTS, kept_text, unmark
from stores.series_influx_query import NOTHING, Ask

Key = tuple[str, str, int]
"""device, metric, time."""

AT_ONCE = 50
"""So many moments are asked for at once."""

MOST = 500
"""Of so many newest readings the marks are looked up; of more, `received` is their time where it is not at hand."""


class Span(NamedTuple):
    """Some devices (None: all) and one metric or all of a bucket, start ≤ time < stop (µs)."""

    bucket: str
    devices: Sequence[str] | None
    metric: str | None
    start: int
    stop: int

    def of(self, measurement: str) -> str:
        """The rows of a measurement."""
        fields = [self.metric] if self.metric is not None else None
        if measurement == MARKS and self.metric is not None:
            fields = [RECEIVED, f"{OF_METRIC}{self.metric}"]
        return f"{source(self.bucket, self.start, self.stop)} {where(measurement, self.devices, fields)}"


def readings(ask: Ask, of: Span, after: tuple[int, str] | None, limit: int) -> Sequence[Stored]:
    """A page, ordered by (time, metric), of those after the pair `after`."""
    place = after or (-1, "")
    of = of._replace(start=max(of.start, place[0]))
    most = limit + 1  # of a series one row at most stands at the place itself
    while True:
        numbers, texts, _ = _found(ask, _values(of, f"|> limit(n: {most})"))
        keys = sorted({*numbers, *texts}, key=lambda key: (key[2], key[1]))
        # A series that was cut off says nothing of what comes after its last row.
        ends = [end for end in (_cut(numbers, most), _cut(texts, most)) if end is not None]
        keys = [key for key in keys if (key[2], key[1]) > place and (not ends or key[2] <= min(ends))]
        page = keys[:limit]
        if len(page) == limit or not ends:
            return _stored(ask, of, page, numbers, texts)
        most *= 4


def latest(ask: Ask, of: Span) -> Mapping[str, Mapping[str, Stored]]:
    """device → metric → the reading with the highest time."""
    numbers, texts, marks = _found(ask, [*_values(of, "|> last()"), f"{of.of(MARKS)} |> last() {given('marks')}"])
    newest: dict[tuple[str, str], Key] = {}
    for device, metric, time in (*numbers, *texts):
        held = newest.get((device, metric))
        if held is None or held[2] < time:
            newest[device, metric] = (device, metric, time)
    _add_marks(ask, of, [*newest.values()], marks)
    found: dict[str, dict[str, Stored]] = {}
    for key in newest.values():
        found.setdefault(key[0], {})[key[1]] = _one(key, numbers, texts, marks)
    return found


def _values(of: Span, few: str) -> list[str]:
    return [f"{of.of(NUMBERS)} {few} {given('numbers')}", f"{of.of(TEXTS)} {few} {given('texts')}"]


def _found(ask: Ask, asked: Sequence[str]) -> tuple[dict[Key, float], dict[Key, str], dict[Key, int]]:
    """Numbers, texts and marks of one answer."""
    told, others = apart(ask("\n".join(asked)), "texts")
    found = answers(others)
    numbers, marks = found.get("numbers", NOTHING), found.get("marks", NOTHING)
    texts = {
        (row["device"], row["_field"], _micro(row["_time"])): kept_text(row["_value"]) for row in rows(told)
    }  # fmt: skip
    return dict(zip(_keys(numbers), numbers.value.tolist(), strict=True)), texts, _read(marks)


def _keys(found: Answer) -> Iterator[Key]:
    for device, field, time in zip(found.device.tolist(), found.field.tolist(), found.time.tolist(), strict=True):
        yield found.devices[device], found.fields[field], time


def _cut(found: Iterable[Key], most: int) -> int | None:
    """The earliest end of the series that have as many rows as were asked for."""
    ends: dict[tuple[str, str], list[int]] = {}
    for device, metric, time in found:
        ends.setdefault((device, metric), []).append(time)
    return min((max(times) for times in ends.values() if len(times) >= most), default=None)


def _stored(
    ask: Ask, of: Span, page: Sequence[Key], numbers: Mapping[Key, float], texts: Mapping[Key, str]
) -> Sequence[Stored]:
    if not page:
        return []
    marks = _marks(ask, of._replace(start=page[0][2], stop=page[-1][2] + 1))
    return [_one(key, numbers, texts, marks) for key in page]


def _marks(ask: Ask, of: Span) -> dict[Key, int]:
    """By the name of the mark: of a line or of a metric."""
    return _read(answers(ask(f"{of.of(MARKS)} {given('marks')}")).get("marks", NOTHING))


def _read(found: Answer) -> dict[Key, int]:
    return dict(zip(_keys(found), found.value.astype(np.int64).tolist(), strict=True))


def _add_marks(ask: Ask, of: Span, newest: Sequence[Key], marks: dict[Key, int]) -> None:
    """The newest marks of a device are mostly those of its newest readings; the others are asked for by the moment."""
    missing = sorted({(device, time) for device, _, time in newest if (device, RECEIVED, time) not in marks})
    if len(missing) > MOST:
        return
    for begin in range(0, len(missing), AT_ONCE):
        some = missing[begin : begin + AT_ONCE]
        moments = [of._replace(devices=[device], start=time, stop=time + 1).of(MARKS) for device, time in some]
        body = ask("\n".join(f"{moment} {given(f'm{n}')}" for n, moment in enumerate(moments)))
        for found in answers(body).values():
            marks.update(_read(found))


def _one(key: Key, numbers: Mapping[Key, float], texts: Mapping[Key, str], marks: Mapping[Key, int]) -> Stored:
    device, metric, time = key
    own = marks.get((device, f"{OF_METRIC}{metric}", time))
    if own is None:
        received, late, revised, is_text = marks.get((device, RECEIVED, time), time), False, False, key in texts
    else:
        said = {name: column.item() for name, column in unmark(np.array(own)).items()}
        received, late, revised, is_text = said["received"], said["late"], said["revised"], said["text"]
    text = texts.get(key) if is_text or key not in numbers else None
    return Stored(device, metric, time, received, numbers[key] if text is None else float("nan"), text, late, revised)


def _micro(time: str) -> int:
    """RFC 3339 in UTC."""
    return int(np.datetime64(time.removesuffix("Z"), "us").astype(np.int64))
