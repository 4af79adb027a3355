"""Logs as JSON, a line each, with tenant, device and trace of the event they are about. Set up once by each process;
then `structlog.get_logger()` anywhere. What libraries say by Python's own `logging` comes out in the same form.
"""

from __future__ import annotations

import logging
import sys
from typing import Any, TextIO

import orjson
import structlog

from events.event import Event
from events.trace import trace_id

_SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
    structlog.processors.format_exc_info,
]


def begin(stream: TextIO = sys.stderr, level: str = "INFO") -> None:
    """Sends all logs of this process to a stream. level: of Python's `logging`, by name."""
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = logging.StreamHandler(stream)
    render = structlog.processors.JSONRenderer(serializer=_json)
    remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=_SHARED, processors=[remove, render]))
    logging.basicConfig(handlers=[handler], level=level, force=True)


def about(event: Event) -> dict[str, str]:
    """What a line says of the event that it is about: `log.warning("…", **about(event))`."""
    named = {"tenant": event.tenant, "device": event.subject, "trace": trace_id(event.traceparent)}
    return {name: value for name, value in named.items() if value}


def _json(line: Any, **_: Any) -> str:
    return orjson.dumps(line, default=repr).decode()
