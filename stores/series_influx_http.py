"""InfluxDB's web API (v2) over connections that are kept: writing, asking. Used by the other series_influx*.py.

The vendor's own client makes an object a point and a record; what is slow about it is what we do not need.
"""

from __future__ import annotations

import gzip
import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import httpx

from events.handler import Refusal, Retry

GIVES_UP = 10.0
"""Seconds for a write, so that none lands after that of a new owner (DESIGN, One owner)."""

ANSWERS = 60.0
"""Seconds for a question."""

NO_PARAMETERS: Mapping[str, str] = {}

CONNECTS = 5.0
QUICK = 1
"""Of gzip: a fifth of the bytes for 4 ns a byte; more effort gains little."""


class Refused(Refusal):
    """The server refuses what we sent, or a part of it: a bug of ours, or a server that is not as it should be."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(f"the series server answers {status}: {why}")
        self.status = status


class Place(NamedTuple):
    """Where the server is. org: the organisation's name."""

    address: str
    token: str
    org: str


class InfluxHttp:
    """Retry where the server is away or overloaded; Refused where it is neither and says no. Any thread may call."""

    def __init__(self, place: Place) -> None:
        self._org = {"org": place.org}
        self._http = httpx.Client(
            base_url=place.address, headers={"authorization": f"Token {place.token}", "accept-encoding": "identity"},
            limits=httpx.Limits(max_connections=32, max_keepalive_connections=16), trust_env=False,
        )  # fmt: skip

    def write(self, bucket: str, lines: bytes, deadline: float) -> None:
        """Line protocol with times in ns. deadline: as time.monotonic says."""
        headers = {"content-encoding": "gzip", "content-type": "text/plain; charset=utf-8"}
        body = gzip.compress(lines, QUICK, mtime=0)
        self._send("POST", "/api/v2/write", deadline, params={**self._org, "bucket": bucket, "precision": "ns"},
                   headers=headers, content=body)  # fmt: skip

    def ask(self, flux: str) -> bytes:
        """The answer as CSV with plain headers."""
        dialect = {"annotations": [], "header": True, "dateTimeFormat": "RFC3339Nano"}
        return self._send("POST", "/api/v2/query", _in(ANSWERS), params=self._org,
                          json={"query": flux, "type": "flux", "dialect": dialect})  # fmt: skip

    def delete(self, bucket: str, start: str, stop: str) -> None:
        """All rows of start ≤ time ≤ stop (RFC 3339)."""
        self._send("POST", "/api/v2/delete", _in(ANSWERS), params={**self._org, "bucket": bucket},
                   json={"start": start, "stop": stop})  # fmt: skip

    def get(self, path: str, params: Mapping[str, str] = NO_PARAMETERS, within: float = GIVES_UP) -> bytes:
        """Any other question."""
        return self._send("GET", path, _in(within), params=params)

    def change(self, method: str, path: str, body: Mapping[str, Any]) -> bytes:
        """Makes or changes a resource."""
        return self._send(method, path, _in(GIVES_UP), json=body)

    def close(self) -> None:
        """Closes all connections."""
        self._http.close()

    def _send(self, method: str, path: str, deadline: float, **what: Any) -> bytes:
        left = deadline - time.monotonic()
        if left <= 0:
            raise Retry("the series server is too slow: no time was left for the rest")
        timeout = httpx.Timeout(left, connect=min(left, CONNECTS))
        try:
            with self._http.stream(method, path, timeout=timeout, **what) as response:
                body = _read(response, deadline)
        except httpx.HTTPError as error:
            raise Retry(f"the series server is away ({type(error).__name__}: {error})") from error
        if response.is_success:
            return body
        raise _refusal(response, body)


def _in(seconds: float) -> float:
    return time.monotonic() + seconds


def _read(response: httpx.Response, deadline: float) -> bytes:
    """A server that sends a byte now and then is away, too."""
    parts: list[bytes] = []
    for part in response.iter_raw():
        parts.append(part)
        if time.monotonic() > deadline:
            raise Retry("the series server is too slow: its answer did not end in time")
    return b"".join(parts)


AWAY: Sequence[int] = (401, 403, 404, 408, 425, 429)
"""401 to 404: a token or a bucket that was there is not any more. An operator can bring it back; no row is at fault."""


def _refusal(response: httpx.Response, body: bytes) -> Exception:
    why = " ".join(body.decode(errors="replace").split())[:300]
    if response.status_code in AWAY or response.status_code >= 500:
        after = response.headers.get("retry-after", "")
        line = f"the series server answers {response.status_code}: {why}"
        return Retry(line, float(after)) if after.isdigit() else Retry(line)
    return Refused(response.status_code, why)
