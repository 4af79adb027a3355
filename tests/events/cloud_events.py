"""Events as hypothesis makes them, and one to begin with, for the tests of the codec and of every wire."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from events import types
from events.event import Event
from events.payloads import Alert, Changed, Rejected, Ticked
from events.readings import Readings, Row

EXAMPLE = Event(
    types.CLOCK_TICKED,
    Ticked(clock=5),
    1_795_485_640_123_456,
    "pump 1",
    "main",
    "id-1",
    "/inbox/0/validate",
    "0000000000000042.000001",
    "0000000000000041.000003",
    "pump 1",
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
)

_REFUSED = [chr(plane << 16 | end) for plane in range(17) for end in (0xFFFE, 0xFFFF)] + [
    chr(code) for code in range(0xFDD0, 0xFDF0)
]
TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters=_REFUSED), min_size=1, max_size=30)
SOURCES = st.from_regex(r"/[a-z0-9~:@!$&'()*+,;=./?#\[\]-]{0,20}", fullmatch=True)
TIMES = st.integers(-30_610_224_000_000_000, 253_402_300_799_999_999).filter(bool)
"""µs, of the years 1000 to 9999."""
FLOATS = st.floats(allow_nan=False, allow_infinity=False)


def _rows() -> st.SearchStrategy[Readings]:
    row = st.builds(
        Row,
        TEXTS,
        TEXTS,
        st.integers(-(2**62), 2**62),
        st.integers(0, 2**62),
        FLOATS,
        st.none() | TEXTS,
        st.booleans(),
        st.booleans(),
        st.sampled_from([0, 1, 2]),
    )
    return st.lists(row, max_size=6).map(Readings.of)


_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | FLOATS
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
_ALERTS = st.builds(
    lambda value, note: Alert(
        id="a",
        rule="r",
        device="d",
        metric=None,
        severity="major",
        state="active",
        raised_at=1,
        updated_at=2,
        version=3,
        message=note,
        value=value,
    ),
    FLOATS | st.none(),
    TEXTS,
)
_REJECTED = st.builds(
    lambda payload: Rejected(device="d", reason="bad_json", detail="", received=1, payload=payload),
    st.binary(max_size=40),
)
_CHANGED = st.builds(
    lambda document: Changed(kind="rule", id="r", revision=1, document=document),
    st.none() | st.dictionaries(TEXTS, _JSON, max_size=3),
)
_DATA = st.one_of(
    st.tuples(st.just(types.TELEMETRY_RECEIVED), _rows()),
    st.tuples(st.just(types.ALERT_RAISED), _ALERTS),
    st.tuples(st.just(types.READING_REJECTED), _REJECTED),
    st.tuples(st.just(types.DEFINITION_CHANGED), _CHANGED),
    st.tuples(st.just("com.example.made"), _JSON),
    st.tuples(st.just("com.example.raw"), st.binary(min_size=1, max_size=40)),
)


@st.composite
def events(draw: st.DrawFn) -> Event:
    """Any event that has a form on the wire."""
    type, data = draw(_DATA)
    optional = [draw(st.just("") | TEXTS) for _ in range(5)]
    subject, sequence, prior, partitionkey, traceparent = optional
    return Event(
        type,
        data,
        draw(TIMES),
        subject,
        draw(TEXTS),
        draw(TEXTS),
        draw(SOURCES),
        sequence,
        prior,
        partitionkey,
        traceparent,
    )


def plain(event: Event) -> Any:
    """An event in a form that can be compared."""
    data = list(event.data.rows()) if isinstance(event.data, Readings) else event.data
    return [data, *(getattr(event, name) for name in Event.__dataclass_fields__ if name != "data")]
