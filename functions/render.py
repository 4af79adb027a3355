"""Renders what is committed but follows from the code: a JSON Schema of every event type and definition, under
schemas/. Called by `python -m functions render`; a test compares what it would write with what is there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from events import definitions, models, types
from events.readings import MEDIA_TYPE, SCHEMA, Readings

DIALECT = "https://json-schema.org/draft/2020-12/schema"
ROOT = Path(__file__).parent.parent


def schemas() -> Mapping[str, dict[str, Any]]:
    """File name → JSON Schema."""
    events = {type: _event(type, model) for type, model in models.MODELS.items()}
    kinds = {f"{kind}.definition": _model(model, kind) for kind, model in definitions.MODELS.items()}
    return {f"{name}.json": schema for name, schema in {**events, **kinds}.items()}


def stale(folder: Path = ROOT / "schemas") -> list[Path]:
    """Files that differ from what would be rendered, or would not be there."""
    wanted = {folder / name: _text(schema) for name, schema in schemas().items()}
    differ = [path for path, text in wanted.items() if not path.exists() or path.read_text() != text]
    return differ + [path for path in folder.glob("*.json") if path not in wanted]


def render(folder: Path = ROOT / "schemas") -> list[Path]:
    """Brings the files up to date; returns those that changed."""
    folder.mkdir(exist_ok=True)
    changed = stale(folder)
    for path in changed:
        if path.name in schemas():
            path.write_text(_text(schemas()[path.name]))
        else:
            path.unlink()
    return changed


def _text(schema: Mapping[str, Any]) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _model(model: type, title: str) -> dict[str, Any]:
    (schema,), components = msgspec.json.schema_components([model], ref_template="#/$defs/{name}")
    return {"$schema": DIALECT, "title": title, **schema, "$defs": components}


def _event(type: str, model: type) -> dict[str, Any]:
    if model is Readings:
        return _columns(type)
    topic = types.TOPIC.get(type, types.INBOX)
    return {**_model(model, type), "x-topic": topic}


def _columns(type: str) -> dict[str, Any]:
    """Telemetry is no JSON: its schema names the media type and the columns of its Arrow stream."""
    columns = [{"name": field.name, "type": str(field.type), "nullable": field.nullable} for field in SCHEMA]
    return {
        "$schema": DIALECT, "title": type, "description": str(Readings.__doc__), "contentMediaType": MEDIA_TYPE,
        "x-topic": types.TOPIC[type], "x-columns": columns,
    }  # fmt: skip
