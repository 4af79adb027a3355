"""What a bucket must do besides: tell a missing bucket from a missing object, give up in time, and one line for
whatever is wrong with the URL."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import obstore
import pytest

from events.handler import Retry
from services.s3 import S3
from stores.folder import Unusable
from stores.objects_s3 import LAYOUT, Bucket, BucketObjects, open_s3
from tests.servers import require
from tests.stores import places

SOON = timedelta(seconds=0.5)


def _other(url: str, **changed: str) -> str:
    return urlunsplit(urlsplit(url)._replace(**changed))


def test_a_large_object_is_one_request_and_whole(s3_url: str) -> None:
    objects = places.s3(s3_url, uuid4().hex)
    body = bytes(range(256)) * (80 << 10)
    objects.put("states/large", body)
    assert objects.get("states/large") == body


def test_a_thousand_names_and_more_are_listed(s3_url: str) -> None:
    objects = places.s3(s3_url, uuid4().hex)
    names = [f"many/{n:05}" for n in range(1100)]
    for name in names:
        objects.put(name, b"")
    assert objects.names("many/") == names


def test_a_bucket_that_is_missing_is_no_empty_one(s3_url: str) -> None:
    """An object store that said None here would lose a shard's state."""
    objects = BucketObjects(Bucket.parse(_other(s3_url, path="/nobody-made-this")))
    for act in (lambda: objects.get("x"), lambda: objects.put("x", b""), lambda: objects.names("")):
        with pytest.raises(Retry, match="NoSuchBucket"):
            act()


def test_a_server_that_was_killed_is_away_and_has_everything_when_it_is_back(tmp_path: Path) -> None:
    require(S3)
    with S3.running(tmp_path) as server:
        objects = open_s3(server.url, request=SOON)
        objects.put("states/a", b"1")
        server.kill()
        for act in (lambda: objects.get("states/a"), lambda: objects.put("states/b", b"2"), lambda: objects.names("")):
            with pytest.raises(Retry, match="could not be"):
                act()
        server.start()
        assert objects.names("") == ["states/a"]
        assert objects.get("states/a") == b"1"


def test_a_server_that_never_answers_is_away_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        objects = BucketObjects(Bucket.parse(f"s3://key:secret@127.0.0.1:{silent.getsockname()[1]}/bucket"), SOON)
        began = time.monotonic()
        with pytest.raises(Retry, match="object a could not be written"):
            objects.put("a", b"1")
        assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    "url",
    [
        "s3://key:secret@127.0.0.1:9000", "s3://127.0.0.1:9000/bucket", "s3://key:secret@:9000/bucket",
        "s3://key:secret@127.0.0.1:port/bucket", "s3://key:secret@127.0.0.1/bucket?reigon=x",
    ],
)  # fmt: skip
def test_a_wrong_url_is_one_line_with_the_form(url: str) -> None:
    with pytest.raises(Unusable, match=re.escape("give s3://KEY:SECRET@host:port/BUCKET")) as refused:
        open_s3(url)
    assert "secret@" not in str(refused.value)


def test_what_the_server_refuses_is_one_line_with_the_cure(s3_url: str, free_port: Callable[[], int]) -> None:
    parts = urlsplit(s3_url)
    wrong = parts.netloc.replace(f":{parts.password}@", ":wrongsecret@")
    nowhere = f"key:wrongsecret@127.0.0.1:{free_port()}"
    lines = {
        _other(s3_url, path="/nobody-made-this"): "has no bucket nobody-made-this: create it",
        _other(s3_url, netloc=wrong): "refuses this key and secret for bucket",
        _other(s3_url, netloc=nowhere): "does not answer as an S3 server: start it",
    }
    for url, line in lines.items():
        with pytest.raises(Unusable, match=line) as refused:
            open_s3(url, request=SOON)
        assert str(refused.value).startswith("TIDINGS_OBJECTS: http://127.0.0.1:")
        assert "\n" not in str(refused.value)
        assert "wrongsecret" not in str(refused.value)


def test_another_layout_stops_with_the_cure(s3_url: str) -> None:
    prefix = uuid4().hex
    objects = places.s3(s3_url, prefix)
    obstore.put(objects._store, ".layout", b"99")
    with pytest.raises(Unusable, match=f"has layout 99, this version reads layout {LAYOUT}: run the version"):
        places.s3(s3_url, prefix)
