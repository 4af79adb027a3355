"""Objects in a bucket of any server that speaks S3, through Rust's object_store. Used by open.py.

A put is one request, so an object is there whole or not at all: with Arrow's file system each is a multipart upload
that is completed even by an exception halfway, and a bucket that is missing reads like an empty one (measured).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

from events.blob import Part
from events.handler import Retry
from stores.folder import Unusable
from stores.objects import LAYOUT_NOTE, checked

SETTING = "TIDINGS_OBJECTS"
FORM = "s3://KEY:SECRET@host:port/BUCKET?region=…"
LAYOUT = 1
"""Of all objects; grows when a version can no longer read what an older one wrote."""

REQUEST = timedelta(seconds=10)
"""A request gives up after so long; it is repeated once at most, if it failed before that."""

_CODE = re.compile(r"<Code>(\w+)</Code>")
_STATUS = re.compile(r"status code: (\d+ [\w ]+)")


class Bucket(NamedTuple):
    """What a URL says. prefix: before all names; of use where a bucket is shared."""

    endpoint: str
    key: str
    secret: str
    name: str
    prefix: str
    region: str

    @classmethod
    def parse(cls, url: str, secret: str | None = None) -> Bucket:
        """`s3://KEY:SECRET@host:port/BUCKET/prefix?region=eu-central-1&tls`. Unusable: it is none."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise Unusable(f"{SETTING} is no URL of a bucket: give {FORM}") from None
        options = dict(parse_qsl(parts.query, keep_blank_values=True))
        name, _, prefix = parts.path.strip("/").partition("/")
        key, given = unquote(parts.username or ""), unquote(parts.password or "") or secret or ""
        if not (parts.hostname and name and key and given) or set(options) - {"region", "tls"}:
            raise Unusable(f"{SETTING} lacks a host, bucket, key or secret, or has an unknown option: give {FORM}")
        scheme = "https" if "tls" in options else "http"
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        address = f"{scheme}://{host}" + (f":{port}" if port else "")
        return cls(address, key, given, name, prefix, options.get("region", "us-east-1"))


class BucketObjects:
    """Retry where the bucket is away or refuses."""

    def __init__(self, bucket: Bucket, request: timedelta = REQUEST) -> None:
        self._store = S3Store(
            bucket.name, prefix=bucket.prefix or None, endpoint=bucket.endpoint, access_key_id=bucket.key,
            secret_access_key=bucket.secret, region=bucket.region, virtual_hosted_style_request=False,
            client_options={
                "allow_http": bucket.endpoint.startswith("http:"), "timeout": request, "connect_timeout": request / 2,
            },
            retry_config={"max_retries": 1, "retry_timeout": request},
        )  # fmt: skip

    def put(self, name: str, body: Part) -> None:
        """Writes an object whole, in the place of the one that had its name."""
        checked(name)
        with _retried(f"object {name} could not be written"):
            obstore.put(self._store, name, body, use_multipart=False)

    def get(self, name: str) -> bytes | None:
        """The object, or None where there is none of that name."""
        return self._read(checked(name))

    def names(self, prefix: str) -> Sequence[str]:
        """Every name that begins with `prefix`, sorted."""
        folder, slash, _ = prefix.rpartition("/")
        with _retried(f"objects below {prefix!r} could not be listed"):
            found = [one["path"] for page in obstore.list(self._store, folder if slash else None) for one in page]
        return sorted(name for name in found if name.startswith(prefix) and name != LAYOUT_NOTE)

    def delete(self, name: str) -> None:
        """Removes an object; there may be none."""
        checked(name)
        with _retried(f"object {name} could not be removed"):
            try:
                obstore.delete(self._store, name)
            except FileNotFoundError as error:
                _of_the_object(error)

    def check_layout(self) -> None:
        """An empty bucket is given ours. Unusable: it has another."""
        found = self._read(LAYOUT_NOTE)
        if found is None:
            obstore.put(self._store, LAYOUT_NOTE, str(LAYOUT).encode(), use_multipart=False)
        elif found != str(LAYOUT).encode():
            raise Unusable(
                f"{SETTING}: the bucket has layout {found[:20].decode(errors='replace')}, this version reads layout "
                f"{LAYOUT}: run the version that wrote it, or name another bucket"
            )

    def _read(self, name: str) -> bytes | None:
        with _retried(f"object {name} could not be read"):
            try:
                return bytes(obstore.get(self._store, name).bytes())
            except FileNotFoundError as error:
                _of_the_object(error)
                return None


def open_s3(url: str, secret: str | None = None, request: timedelta = REQUEST) -> BucketObjects:
    """`s3://KEY:SECRET@host:port/BUCKET?region=…`, `&tls` for https; `secret` stands for the one that the URL leaves
    out. Unusable: one line with the cure."""
    bucket = Bucket.parse(url, secret)
    try:
        objects = BucketObjects(bucket, request)
        objects.check_layout()
    except (Retry, BaseError) as error:
        cause = error.__cause__ if isinstance(error, Retry) else error
        raise Unusable(f"{SETTING}: {_why(cause, bucket)}") from error
    return objects


def _why(error: BaseException | None, bucket: Bucket) -> str:
    said, place = str(error), bucket.endpoint
    if "NoSuchBucket" in said:
        return f"{place} has no bucket {bucket.name}: create it, or correct the name"
    if isinstance(error, PermissionDeniedError | UnauthenticatedError):
        return f"{place} refuses this key and secret for bucket {bucket.name}: correct them, or grant access"
    if _STATUS.search(said):
        return f"{place} answers {_short(said)}: check host, bucket, region and tls"
    return f"{place} does not answer as an S3 server: start it, or correct the address (and tls)"


def _of_the_object(error: FileNotFoundError) -> None:
    """Passes on what is missing more than the object."""
    if "NoSuchBucket" in str(error):
        raise error


def _short(said: str) -> str:
    found = [*_STATUS.findall(said)[:1], *_CODE.findall(said)[:1]]
    return " ".join(found) if found else " ".join(said.split())[:160]


@contextmanager
def _retried(what: str) -> Iterator[None]:
    try:
        yield
    except (BaseError, OSError) as error:
        raise Retry(f"{what}: {_short(str(error))}") from error
