"""The contract of Objects, and what a folder must do besides."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from events.handler import Retry
from stores.objects import ABANDONED, LAYOUT_NOTE, PARTIAL, FolderObjects
from stores.ports import Objects


def test_an_object_is_what_was_put_last(objects: Objects) -> None:
    assert objects.get("states/a/0/1-1") is None
    objects.put("states/a/0/1-1", b"one")
    objects.put("states/a/0/1-1", b"two \0\xff")
    assert objects.get("states/a/0/1-1") == b"two \0\xff"


def test_an_empty_object_is_an_object(objects: Objects) -> None:
    objects.put("empty", b"")
    assert objects.get("empty") == b""
    assert objects.names("") == ["empty"]


def test_names_are_sorted_and_begin_with_the_prefix(objects: Objects) -> None:
    for name in ("b/2", "b/10", "a/x=1/y", "ab", "b", "c/d"):
        objects.put(name if name != "b" else "bb", b"")
    assert objects.names("") == ["a/x=1/y", "ab", "b/10", "b/2", "bb", "c/d"]
    assert objects.names("a") == ["a/x=1/y", "ab"]
    assert objects.names("b/1") == ["b/10"]
    assert objects.names("b/") == ["b/10", "b/2"]
    assert objects.names("none/such") == []


def test_a_deleted_object_is_gone_and_deleting_none_is_no_error(objects: Objects) -> None:
    objects.put("a/b", b"1")
    objects.delete("a/b")
    objects.delete("a/b")
    assert objects.get("a/b") is None
    assert objects.names("a/") == []


def test_names_with_signs_that_a_url_has_too(objects: Objects) -> None:
    names = ["archive/tenant=a b/100%/x+y", "archive/ä?#&.parquet", "states/validate+score/0/1-2"]
    for name in names:
        objects.put(name, name.encode())
    assert objects.names("") == sorted(names)
    assert [objects.get(name) for name in names] == [name.encode() for name in names]


@pytest.mark.parametrize(
    "name", ["", "/a", "a//b", "a/", "../a", "a/../b", "./a", "a\0b", "a\\b", f"{PARTIAL}/a", LAYOUT_NOTE]
)
def test_a_name_that_leads_elsewhere_is_refused(objects: Objects, name: str) -> None:
    with pytest.raises(ValueError, match="cannot name an object"):
        objects.put(name, b"")


def test_a_put_that_fails_leaves_the_old_object_and_no_other_name(tmp_path: Path) -> None:
    objects = FolderObjects(tmp_path)
    objects.put("a", b"old")
    with pytest.raises(Retry, match="object a/b could not be written"):
        objects.put("a/b", b"new")
    assert objects.get("a") == b"old"
    assert objects.names("") == ["a"]
    assert list((tmp_path / PARTIAL).iterdir()) == []


def test_what_a_killed_process_was_writing_is_no_object_and_goes(tmp_path: Path) -> None:
    FolderObjects(tmp_path).put("a", b"1")
    partial = tmp_path / PARTIAL / "0123"
    partial.write_bytes(b"half")
    assert FolderObjects(tmp_path).names("") == ["a"]
    assert partial.exists()
    past = partial.stat().st_mtime - ABANDONED - 60
    os.utime(partial, (past, past))
    FolderObjects(tmp_path)
    assert not partial.exists()
