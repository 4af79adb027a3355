"""What is squeezed comes back as it was, and small records become much smaller."""

from __future__ import annotations

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from events import codec, packed
from events.squeeze import Squeeze, sample
from tests.events.logs import batch

SQUEEZE = Squeeze(sample())


@given(st.binary(), st.binary())
def test_round_trip(attributes: bytes, body: bytes) -> None:
    assert SQUEEZE.unpacked(SQUEEZE.packed(attributes, body)) == (attributes, body)


def test_a_small_batch_takes_a_tenth_of_what_it_is_on_the_wire() -> None:
    event = batch(1, rows=12)
    assert len(SQUEEZE.packed(b"{}", packed.write(event)[1])) < len(codec.write(event)[1]) / 10


def test_another_dictionary_does_not_read_it() -> None:
    packed = Squeeze(b"another dictionary" * 100).packed(b"a", b"another dictionary" * 20)
    with pytest.raises(zstandard.ZstdError):
        SQUEEZE.unpacked(packed)
