"""The buckets of InfluxDB in which a tenant's history lies, `<tenant>_raw`, `<tenant>_1m` and `<tenant>_1h`: made when
they are first written to, with their retention and our layout. Used by series_influx.py.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from stores.folder import Unusable
from stores.series_influx_http import InfluxHttp, Refused

SETTING = "TIDINGS_SERIES"
LAYOUT = 1
"""Of all buckets, told by their description; grows when a version can no longer read what an older one wrote."""

TABLES = ("raw", "1m", "1h")
LAG = timedelta(days=8)
"""The server drops what is older than the retention by its own clock, and refuses to take it: so much is added to what
is asked for, since a function may be days behind (Kafka keeps its input for seven)."""

_DESCRIPTION = re.compile(r"Tidings, layout (\d+)")
_GRAINS = (timedelta(days=1), timedelta(days=7))


class Buckets:
    """keep: table → for how long; what is not named is kept for ever. Any thread may call."""

    def __init__(self, http: InfluxHttp, org: str, keep: Mapping[str, timedelta], prefix: str = "") -> None:
        """prefix: before the names of all; of use where an organisation is shared."""
        self._http, self._org, self._keep, self._prefix = http, org, keep, prefix
        self._making = threading.Lock()
        self._ids: dict[str, str] = {}

    def name(self, tenant: str, table: str) -> str:
        """`main_raw`."""
        return f"{self._prefix}{tenant}_{table}"

    def load(self) -> None:
        """Looks what is there. Unusable: a bucket has another layout."""
        found: dict[str, str] = {}
        after: str | None = None
        while True:
            page = self._page(after)
            found.update({bucket["name"]: bucket["id"] for bucket in page if _is_ours(bucket)})
            if len(page) < 100:
                break
            after = page[-1]["id"]
        self._ids = found

    def has(self, name: str) -> bool:
        """Whether there is one; another process may have made it."""
        if name not in self._ids:
            self.load()
        return name in self._ids

    def make(self, tenant: str, table: str) -> str:
        """The name of a bucket that is there now."""
        name = self.name(tenant, table)
        if name in self._ids:
            return name
        with self._making:
            if not self.has(name):
                try:
                    self._http.change("POST", "/api/v2/buckets", self._wish(name, table))
                except Refused as error:
                    if error.status != 422:  # another process was faster
                        raise
                self.load()
                if name not in self._ids:
                    raise Unusable(f"{SETTING}: bucket {name} was not made by this platform: rename or remove it")
        return name

    def forget(self, name: str) -> None:
        """It may be gone: looks again before the next use."""
        self._ids.pop(name, None)

    def ids(self) -> frozenset[str]:
        """As the server names them itself."""
        self.load()
        return frozenset(self._ids.values())

    def drops(self, table: str) -> bool:
        """Whether the server removes what is old by itself."""
        return table in self._keep

    def _wish(self, name: str, table: str) -> dict[str, Any]:
        rules: list[dict[str, Any]] = []
        if table in self._keep:
            seconds = int((self._keep[table] + LAG).total_seconds())
            grain = int(_GRAINS[self._keep[table] > timedelta(days=60)].total_seconds())
            rules = [{"type": "expire", "everySeconds": seconds, "shardGroupDurationSeconds": grain}]
        return {
            "orgID": self._org, "name": name, "retentionRules": rules, "description": f"Tidings, layout {LAYOUT}",
        }  # fmt: skip

    def _page(self, after: str | None) -> list[dict[str, Any]]:
        more = {"after": after} if after is not None else {}
        body = self._http.get("/api/v2/buckets", {"orgID": self._org, "limit": "100", **more})
        page: list[dict[str, Any]] = json.loads(body)["buckets"]
        return page


def _is_ours(bucket: Mapping[str, Any]) -> bool:
    found = _DESCRIPTION.fullmatch(bucket.get("description", ""))
    if found and int(found[1]) != LAYOUT:
        raise Unusable(
            f"{SETTING}: bucket {bucket['name']} has layout {found[1]}, this version reads layout {LAYOUT}: run the "
            "version that wrote it, or name another organisation"
        )
    return found is not None
