"""From a URL to history in an InfluxDB that answers, knows the token and has our layout. Used by open.py."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import parse_qsl, unquote, urlsplit

from events.handler import Retry
from stores.folder import Unusable
from stores.series_influx import InfluxSeries
from stores.series_influx_buckets import SETTING, Buckets
from stores.series_influx_http import InfluxHttp, Place, Refused

FORM = "influx://TOKEN@host:port/ORGANISATION (influxs:// for TLS)"
ANSWERS_WITHIN = 5.0
"""Seconds; three questions are asked."""

VERSION = "v2."
NONE: Mapping[str, timedelta] = {}


def open_influx(
    url: str, token: str | None = None, keep: Mapping[str, timedelta] = NONE, within: float = ANSWERS_WITHIN
) -> InfluxSeries:
    """`influx://TOKEN@host:port/ORG`; `token` stands for the one that the URL leaves out. keep: `raw`, `1m` or `1h` →
    for how long. Unusable: one line with the cure."""
    place, prefix = _place(url, token)
    http = InfluxHttp(place)
    try:
        _check_version(http, place, within)
        buckets = Buckets(http, _organisation(http, place, within), keep, prefix)
        buckets.load()
    except (Retry, Refused) as error:
        http.close()
        raise Unusable(f"{SETTING}: {_why(error, place)}") from error
    except BaseException:
        http.close()
        raise
    return InfluxSeries(http, buckets)


def _place(url: str, token: str | None) -> tuple[Place, str]:
    """With what stands before the names of buckets (`?prefix=…`)."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise Unusable(f"{SETTING} is no URL of an InfluxDB: give {FORM}") from None
    given, org = unquote(parts.username or "") or token or "", unquote(parts.path.strip("/"))
    if not (host and given and org) or parts.password is not None:
        raise Unusable(f"{SETTING} lacks a token, host or organisation: give {FORM}")
    named = f"[{host}]" if ":" in host else host
    scheme = "https" if parts.scheme == "influxs" else "http"
    prefix = dict(parse_qsl(parts.query)).get("prefix", "")
    return Place(f"{scheme}://{named}:{port or 8086}", given, org), prefix


def _check_version(http: InfluxHttp, place: Place, within: float) -> None:
    try:
        said = json.loads(http.get("/health", within=within))
    except ValueError:
        said = {}
    version = said.get("version", "") if isinstance(said, dict) else ""
    if not version.startswith(VERSION):
        raise Unusable(
            f"{SETTING}: {place.address} is no InfluxDB 2 (it says {version[:40] or 'no version'!r}): give one of 2.7"
        )


def _organisation(http: InfluxHttp, place: Place, within: float) -> str:
    found = json.loads(http.get("/api/v2/orgs", {"org": place.org}, within))["orgs"]
    if not found:
        raise Unusable(f"{SETTING}: {place.address} has no organisation {place.org!r}, or the token does not see it")
    return str(found[0]["id"])


def _why(error: Exception, place: Place) -> str:
    said = " ".join(str(error).replace(place.token, "…").split())
    if "answers 401" in said or "answers 403" in said:
        return f"{place.address} refuses the token: give one that may read and write the organisation's buckets"
    if "answers 404" in said:
        return f"{place.address} has no organisation {place.org!r}: correct the name, or create it"
    if "CERTIFICATE" in said.upper():
        return f"{place.address} has a certificate that is not trusted or not its own: correct it, or the host's name"
    if "answers" in said:
        return f"{place.address} cannot be used ({said[:160]})"
    return f"{place.address} does not answer as an InfluxDB: start it, or correct the address (influxs:// for TLS)"
