"""Makes msgspec learn models while their modules are imported, in one thread. It learns a model at its first use, and
two threads that use one for the first time at the same moment end the process. Called where models are defined."""

from __future__ import annotations

from typing import Any

import msgspec


def learn(*models: type[Any]) -> None:
    """What msgspec learns of a class it keeps on the class, for every later decoding or conversion."""
    for model in models:
        msgspec.json.Decoder(model)
