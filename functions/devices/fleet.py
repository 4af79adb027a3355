"""Devices as one document out of two parts: the definition (written here) and the state (written by materialize).
Used by router.py."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from events.shown import shown
from stores.collections import DEVICE_STATES
from stores.definitions import Defined, DefinitionStore
from stores.ports import Document, Documents

DEFAULTS: dict[str, Any] = {"name": "", "profile": None, "tags": {}, "lat": None, "lon": None, "enabled": True}
STATES = ("state", "created", "last_received", "last_time")
PAGE = 500


class Device(NamedTuple):
    """The two parts of a device; either may be missing."""

    id: str
    defined: Defined | None
    state: Document | None

    @property
    def revision(self) -> int:
        """Of the definition; 0 if there is none."""
        return self.defined.revision if self.defined is not None and self.defined.document is not None else 0

    @property
    def exists(self) -> bool:
        """A deletion takes the state with it that stood then; a later one is a device that has come back."""
        if self.revision:
            return True
        buried = self.defined.notes.get("state", 0) if self.defined is not None else -1
        return self.state is not None and not self.state.body["deleted"] and self.state.revision > buried

    def document(self) -> dict[str, Any]:
        """As the API shows it."""
        defined = dict(self.defined.document) if self.defined is not None and self.defined.document is not None else {}
        state = shown(self.state.body) if self.state is not None else {}
        silent = "disabled" if defined.get("enabled") is False else "never_seen"
        document = {"id": self.id, **DEFAULTS, **defined, **{name: state.get(name) for name in STATES}}
        document["profile"] = document["profile"] or state.get("profile")
        document["state"] = document["state"] or silent
        return document


class Fleet:
    """Reads devices."""

    def __init__(self, documents: Documents, definitions: DefinitionStore) -> None:
        self._documents, self._definitions = documents, definitions

    def device(self, tenant: str, id: str) -> Device:
        """A device, whether it exists or not."""
        return Device(id, self._definitions.held("device", tenant, id), self._documents.get(DEVICE_STATES, tenant, id))

    def after(self, tenant: str, cursor: str | None) -> Iterator[Device]:
        """Devices that exist, in order of ids, those after `cursor`."""
        while True:
            page = self._page(tenant, cursor or "")
            if not page or page[-1].id == cursor:
                return
            yield from (device for device in page if device.id != cursor and device.exists)
            cursor = page[-1].id

    def _page(self, tenant: str, start: str) -> list[Device]:
        """The first of both lists together: what is among the first of the two is among the first of its own."""
        found, _ = self._documents.find(DEVICE_STATES, tenant, {"id>=": start}, limit=PAGE)
        states = {state.id: state for state in found}
        defined = {one.id: one for one in self._definitions.page("device", tenant, start, PAGE)}
        ids = sorted({*states, *defined})[:PAGE]
        return [Device(id, defined.get(id), states.get(id)) for id in ids]
