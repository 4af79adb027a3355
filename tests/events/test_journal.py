"""Logs are JSON, a line each, and say what they are about."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import orjson
import pytest
import structlog

from events import journal
from tests.events.cloud_events import EXAMPLE


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    handlers, level = logging.root.handlers[:], logging.root.level
    stream = io.StringIO()
    journal.begin(stream)
    yield stream
    structlog.reset_defaults()
    logging.root.handlers[:], logging.root.level = handlers, level


def _lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_says_what_it_is_about(stream: io.StringIO) -> None:
    structlog.get_logger().warning("given up", rows=3, **journal.about(EXAMPLE))
    (line,) = _lines(stream)
    assert line.pop("time").endswith("Z")
    assert line == {
        "event": "given up", "level": "warning", "rows": 3, "tenant": "main", "device": "pump 1",
        "trace": "0af7651916cd43dd8448eb211c80319c",
    }  # fmt: skip


def test_what_is_not_known_is_not_said() -> None:
    assert journal.about(replace(EXAMPLE, subject="", traceparent="")) == {"tenant": "main"}


def test_libraries_come_out_in_the_same_form(stream: io.StringIO) -> None:
    logging.getLogger("library").error("cannot reach %s", "broker")
    (line,) = _lines(stream)
    assert (line["event"], line["level"]) == ("cannot reach broker", "error")


def test_an_exception_is_one_line(stream: io.StringIO) -> None:
    try:
        raise ValueError("wrong")
    except ValueError:
        structlog.get_logger().exception("failed", at=object)
    (line,) = _lines(stream)
    assert "ValueError: wrong" in line["exception"]


def test_what_is_below_the_level_is_not_said(stream: io.StringIO) -> None:
    structlog.get_logger().debug("detail")
    assert _lines(stream) == []
