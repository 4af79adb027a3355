"""Definitions as YAML or JSON files, loaded when the platform starts. Called by app.py.

A file is a starting point, not the truth: what was changed through the API since is left alone. What a file no longer
says is left as well; a definition is deleted through the API.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import yaml

from events.definition_check import Unfit, check
from stores.definitions import DefinitionStore

KINDS = {"profiles": "profile", "rules": "rule", "devices": "device"}
"""Head of a list in a file → kind of what is in it."""

SUFFIXES = (".yaml", ".yml", ".json")


class BadFile(Exception):
    """A file that cannot be loaded: one line with its name, the place and the cure."""


class Said(NamedTuple):
    """A definition as a file says it."""

    kind: str
    document: Mapping[str, Any]
    file: str

    @property
    def mark(self) -> str:
        """The same for the same document."""
        return sha256(msgspec.json.encode(self.document, order="sorted")).hexdigest()


class Loaded(NamedTuple):
    """written: ids that are new or differ from what was loaded before; left: those changed through the API since."""

    written: list[str]
    left: list[str]


def load(folder: Path, definitions: DefinitionStore, tenant: str = "main") -> Loaded:
    """Loads every file of a folder, in order of names; there may be none. BadFile before anything is written."""
    loaded = Loaded([], [])
    for said in list(_said(folder)):
        id = said.document["id"]
        held = definitions.held(said.kind, tenant, id)
        if held is not None and held.notes.get("file") == said.mark:
            continue
        if held is not None and held.by != "file":
            loaded.left.append(f"{said.kind} {id}")
            continue
        definitions.change(said.kind, tenant, id, said.document, by="file", notes={"file": said.mark})
        loaded.written.append(f"{said.kind} {id}")
    return loaded


def _said(folder: Path) -> Iterator[Said]:
    seen: dict[tuple[str, str], str] = {}
    for path in sorted(path for path in folder.glob("*") if path.suffix in SUFFIXES):
        for said in _of_file(path):
            name = (said.kind, said.document["id"])
            if name in seen:
                raise BadFile(f"{path.name}: {said.kind} {name[1]} is in {seen[name]} too: remove one of them")
            seen[name] = path.name
            yield said


def _of_file(path: Path) -> Iterator[Said]:
    content = _read(path)
    for head, documents in content.items():
        if head not in KINDS or not isinstance(documents, list):
            raise BadFile(f"{path.name}: {head}: expected lists under {', '.join(KINDS)}")
        for i, document in enumerate(documents):
            try:
                yield Said(KINDS[head], check(KINDS[head], document), path.name)
            except Unfit as error:
                faults = "; ".join(f"{fault.field or 'it'}: {fault.detail}" for fault in error.faults)
                id = document.get("id") if isinstance(document, dict) else None
                raise BadFile(f"{path.name}: {head}[{i}] ({id}): {faults}") from error


def _read(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text("utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadFile(f"{path.name} is not YAML: {' '.join(str(error).split())}") from error
    except OSError as error:
        raise BadFile(f"{path.name} cannot be read: {error.strerror}") from error
    if not isinstance(content, dict):
        raise BadFile(f"{path.name}: expected lists under {', '.join(KINDS)}")
    return content
