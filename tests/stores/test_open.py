"""From URLs to stores, and the data folder: what cannot be used is refused in one line with the cure."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from events.checkpoint import Saved
from stores.folder import LAYOUT, Folder, Unusable
from stores.open import Urls, open_documents, open_objects, open_series, open_stores


def test_the_embedded_stores_lie_in_the_folder_and_are_there_again(tmp_path: Path) -> None:
    urls = Urls.embedded(tmp_path / "a folder")
    stores = open_stores(urls)
    stores.documents.put("rules", "main", "hot", {}, 0)
    stores.objects.put("archive/x", b"1")
    checkpoints = stores.checkpoints()
    checkpoints.take(0, ["score"])
    checkpoints.save(0, {"score": Saved(memoryview(b"state"))})
    stores.close()
    again = open_stores(urls)
    assert again.documents.count("rules", "main", {}) == 1
    assert again.objects.get("archive/x") == b"1"
    assert again.checkpoints().take(0, ["score"]) == {"score": Saved(memoryview(b"state"))}
    assert again.series.metrics("main") == []
    again.close()
    found = {path.name for path in (tmp_path / "a folder").iterdir()}
    assert found == {"series.duckdb", "documents.sqlite", "objects"}


@pytest.mark.parametrize(
    "url", ["", "inflx://token@there/x", "duckdb:relative.db", "duckdb://token@host/p", "duckdb.db"]
)
def test_a_url_that_names_no_store_is_refused(url: str) -> None:
    with pytest.raises(Unusable, match=r"TIDINGS_SERIES .* names no store of series: give duckdb:///abs") as refused:
        open_series(url)
    assert "token" not in str(refused.value)


def test_a_driver_is_imported_only_for_its_scheme(tmp_path: Path) -> None:
    code = "import sys; from stores.open import *; " + "; ".join([
        f"open_documents('sqlite://{tmp_path}/d').close()", f"open_objects('file://{tmp_path}/o')",
        "print([name for name in ('pymongo', 'httpx', 'duckdb', 'obstore') if name in sys.modules])",
    ])  # fmt: skip
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store"
    path.write_bytes(b"this is neither of them, but long enough to be looked at" * 99)
    for opening, scheme in ((open_series, "duckdb"), (open_documents, "sqlite")):
        with pytest.raises(Unusable, match=r"store cannot be opened .*: run the version that wrote it") as refused:
            opening(f"{scheme}://{path}")
        assert "\n" not in str(refused.value)


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("")
    with pytest.raises(Unusable, match="cannot be opened"):
        open_objects(f"file://{tmp_path}/x")
    with pytest.raises(Unusable, match="cannot be written"):
        Folder(tmp_path / "x")


def test_the_second_on_a_folder_is_refused_and_gets_it_when_the_first_is_done(tmp_path: Path) -> None:
    in_use = f"data is in use by process {os.getpid()}: stop that one"
    with Folder(tmp_path / "data") as first, pytest.raises(Unusable, match=in_use):
        Folder(first.path)
    Folder(first.path).release()


def test_another_process_is_refused_too_and_a_dead_one_holds_nothing(tmp_path: Path) -> None:
    code = "import sys; from stores.folder import Folder; Folder(__import__('pathlib').Path(sys.argv[1]))"
    run = [sys.executable, "-c", code, str(tmp_path)]
    root = Path(__file__).parents[2]
    with Folder(tmp_path):
        refused = subprocess.run(run, cwd=root, capture_output=True, text=True, check=False)
        assert "Unusable" in refused.stderr
    subprocess.run(run, cwd=root, check=True)
    Folder(tmp_path).release()


def test_a_folder_of_another_layout_is_refused_and_let_go(tmp_path: Path) -> None:
    Folder(tmp_path).release()
    assert (tmp_path / "layout").read_text() == f"{LAYOUT}\n"
    (tmp_path / "layout").write_text("99\n")
    for _ in range(2):
        with pytest.raises(Unusable, match=f"has layout 99, this version reads layout {LAYOUT}: run the version"):
            Folder(tmp_path)
