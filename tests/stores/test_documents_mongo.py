"""What documents on a server must do besides: two writers at once, a server that dies or never answers, and one line
for whatever is wrong with the URL."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest
from pymongo import MongoClient

from events.checkpoint import Fenced, Saved
from events.handler import Retry
from services.mongo import Mongo
from stores.documents_mongo_open import LAYOUT, OPTIONS, open_mongo
from stores.folder import Unusable
from stores.objects import FolderObjects
from stores.ports import Document, Versioned
from stores.states import StoredCheckpoints
from tests.servers import require
from tests.stores import places


@pytest.fixture
def database() -> str:
    return f"test_{uuid4().hex[:12]}"


def test_of_two_who_make_the_same_document_the_higher_version_stays(mongo_url: str, database: str) -> None:
    writers = [places.mongo(mongo_url, database) for _ in range(4)]

    def write(version: int) -> None:
        writers[version % 4].upsert("alerts", [Versioned("main", f"a{n}", version, {"is": version}) for n in range(5)])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, [3, 9, 1, 7, 8, 2, 6, 5, 4]))
    found, _ = writers[0].find("alerts", "main", {})
    assert found == [Document(f"a{n}", 9, {"is": 9}) for n in range(5)]
    for writer in writers:
        writer.close()


def test_of_two_owners_only_the_later_saves(mongo_url: str, database: str, tmp_path: Path) -> None:
    objects = FolderObjects(tmp_path)
    ours, theirs = places.mongo(mongo_url, database), places.mongo(mongo_url, database)
    owner, other = StoredCheckpoints(objects, ours), StoredCheckpoints(objects, theirs)
    owner.take(0, ["score"])
    other.take(0, ["score"])

    def save(checkpoints: StoredCheckpoints, state: bytes) -> bool:
        try:
            checkpoints.save(0, {"score": Saved(memoryview(state))})
        except Fenced:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        saved = [pool.submit(save, by, b"%d" % n) for n in range(10) for by in (owner, other)]
    assert [one.result() for one in saved] == [False, True] * 10
    ours.close()
    theirs.close()


def test_the_indexes_are_made_once_and_found_again(mongo_url: str, database: str) -> None:
    for _ in range(2):
        documents = places.mongo(mongo_url, database)
        documents.count("alerts", "main", {})
        documents.close()
    with MongoClient[dict[str, object]](mongo_url) as client:
        made = [
            [field for field, _ in index["key"]] for index in client[database]["alerts"].index_information().values()
        ]
    for fields in ([], ["body.raised_at"], ["body.state", "body.raised_at"], ["body.device", "body.raised_at"]):
        assert made.count(["tenant", *fields, "id"]) == 1


def test_names_and_numbers_that_the_server_could_take_for_its_own(mongo_url: str, database: str) -> None:
    body = {"motor.rpm": {"$gt": 1}, "$set": 2, "at": 1_795_485_600_000_000, "list": [1.0, None, True, {"a": "é"}]}
    documents = places.mongo(mongo_url, database)
    documents.put("rules", "main", "a/b", body, 0)
    document = documents.get("rules", "main", "a/b")
    assert document == Document("a/b", 1, body)
    assert type(document.body["at"]) is int
    documents.close()


def test_a_server_that_was_killed_is_away_and_has_everything_when_it_is_back(tmp_path: Path) -> None:
    require(Mongo)
    with Mongo.running(tmp_path) as server:
        documents = open_mongo(server.url, options={**OPTIONS, "timeoutMS": 1_000})
        documents.put("rules", "main", "hot", {"value": 1}, 0)
        server.kill()
        began = time.monotonic()
        with pytest.raises(Retry, match="documents could not be"):
            documents.put("rules", "main", "hot", {"value": 2}, 1)
        with pytest.raises(Retry):
            documents.upsert("alerts", [Versioned("main", "a", 1, {})])
        assert time.monotonic() - began < 5
        server.start()
        assert documents.get("rules", "main", "hot") == Document("hot", 1, {"value": 1})
        assert documents.put("rules", "main", "hot", {"value": 2}, 1) == 2
        documents.close()


def test_a_server_that_never_answers_is_away_in_time(mongo_url: str, database: str) -> None:
    """It takes connections and says nothing, as one that is stopped does."""
    options = {**OPTIONS, "timeoutMS": 500}
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"mongodb://127.0.0.1:{silent.getsockname()[1]}"
        began = time.monotonic()
        with pytest.raises(Unusable, match="does not answer as a MongoDB"):
            open_mongo(url, options=options)
        assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    ("url", "line"),
    [
        ("mongodb://user:pa:ss@host/", "no URL of MongoDB: give mongodb://user:password@host:port/database"),
        ("mongodb://user:secret@host:badport/", "no URL of MongoDB"),
        ("mongodb://user:secret@127.0.0.1:1/?tls=perhaps", "no URL of MongoDB"),
        ("mongodb://user:secret@127.0.0.1:1/?tls=true&tlsCAFile=x", "The tlscafile file is not readable"),
    ],
)
def test_a_wrong_url_is_one_line_without_its_password(url: str, line: str) -> None:
    with pytest.raises(Unusable, match=line) as refused:
        open_mongo(url)
    assert str(refused.value).startswith("TIDINGS_DOCUMENTS: ")
    assert "\n" not in str(refused.value)
    assert not any(secret in str(refused.value) for secret in ("secret", "pa:ss"))


def test_a_server_that_is_not_there_is_one_line(free_port: Callable[[], int]) -> None:
    port = free_port()
    with pytest.raises(Unusable, match=f"TIDINGS_DOCUMENTS: 127.0.0.1:{port} does not answer as a MongoDB: start it"):
        open_mongo(f"mongodb://user:secret@127.0.0.1:{port}", options={**OPTIONS, "timeoutMS": 500})


def test_another_layout_stops_with_the_cure(mongo_url: str, database: str) -> None:
    places.mongo(mongo_url, database).close()
    with MongoClient[dict[str, object]](mongo_url) as client:
        client[database]["_layout"].update_one({"_id": "layout"}, {"$set": {"version": 99}})
    with pytest.raises(Unusable, match=f"has layout 99, this version reads layout {LAYOUT}: run the version"):
        places.mongo(mongo_url, database)
