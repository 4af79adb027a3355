"""From a name in the manifest to a function that a host can run: its handler, bound by keyword name to the ports
it asks for. Used by app.py, main.py and the tests."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from importlib import import_module
from inspect import signature
from typing import Any

from events.event import Event
from events.handler import Buffer, Function
from events.state import State
from functions.failpoints import Failpoints
from functions.manifest import Declared, ManifestError

Handler = Callable[..., Iterable[Event]]


def handler_of(name: str) -> Handler:
    """`handle` of functions/<name>/handler.py."""
    try:
        handler: Handler = import_module(f"functions.{name}.handler").handle
    except (ModuleNotFoundError, AttributeError) as error:
        raise ManifestError(
            f"function {name!r}: {error}: add functions/{name}/handler.py with handle(event, …)"
        ) from error
    return handler


NONE = Failpoints()


def asks(name: str) -> frozenset[str]:
    """The ports that a function's handler asks for by keyword."""
    return frozenset(signature(handler_of(name)).parameters) - {"event", "state"}


def elsewhere(name: str, declared: Declared) -> Function:
    """A function that another process runs."""

    def bind(_state: State) -> Callable[[Event], Iterable[Event]]:
        raise ManifestError(f"function {name!r} does not run in this process")

    return Function(name, declared.takes, declared.gives, bind, ordered=declared.ordered)


def function(name: str, declared: Declared, ports: Mapping[str, Any], failpoints: Failpoints = NONE) -> Function:
    """A function of the manifest with its ports. ManifestError if it asks for one that nobody has."""
    asked = signature(handler_of(name)).parameters
    missing = [
        p for p, how in asked.items() if p not in ports and p not in ("event", "state") and how.default is how.empty
    ]
    if missing:
        raise ManifestError(
            f"function {name!r} asks for {missing[0]!r}: the ports are state, {', '.join(sorted(ports))}"
        )
    bound = {port: ports[port] for port in asked if port in ports}
    given = {port: failpoints.port(port, held) for port, held in bound.items()}
    handler = failpoints.handler(name, handler_of(name))
    layout = getattr(import_module(f"functions.{name}.handler"), "LAYOUT", None)

    def bind(state: State) -> Callable[[Event], Iterable[Event]]:
        return partial(handler, **given, state=state) if "state" in asked else partial(handler, **given)

    buffers = tuple(port for port in bound.values() if isinstance(port, Buffer))
    return Function(name, declared.takes, declared.gives, bind, layout, buffers, declared.ordered)
