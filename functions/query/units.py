"""What profiles say of the metrics of a device: unit and plausible range. Used by charts.py and rows.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stores.collections import DEVICE_STATES
from stores.definitions import DefinitionStore
from stores.ports import Documents


class Units:
    """Reads the profile of a device: the one its definition names, else the one that validate found."""

    def __init__(self, documents: Documents, definitions: DefinitionStore) -> None:
        self._documents, self._definitions = documents, definitions

    def metrics(self, tenant: str, device: str) -> Mapping[str, Mapping[str, Any]]:
        """metric → what its profile says; empty if it has none."""
        profile = self._profile(tenant, device)
        held = self._definitions.get("profile", tenant, profile) if profile is not None else None
        metrics: Mapping[str, Mapping[str, Any]] = held.document["metrics"] if held and held.document else {}
        return metrics

    def every(self, tenant: str) -> Mapping[str, Mapping[str, Any]]:
        """metric → what the profiles say, where all that know it agree on its unit."""
        found: dict[str, Mapping[str, Any]] = {}
        disputed = set()
        for held in self._definitions.page("profile", tenant, "", 1000):
            for name, says in held.document["metrics"].items() if held.document else ():
                if found.setdefault(name, says)["unit"] != says["unit"]:
                    disputed.add(name)
        return {name: says for name, says in found.items() if name not in disputed}

    def _profile(self, tenant: str, device: str) -> str | None:
        defined = self._definitions.get("device", tenant, device)
        if defined is not None and defined.document is not None and defined.document["profile"] is not None:
            return str(defined.document["profile"])
        state = self._documents.get(DEVICE_STATES, tenant, device)
        return state.body["profile"] if state is not None else None
