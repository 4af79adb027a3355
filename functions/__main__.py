"""`python -m functions demo | list | render | replay | run`: the platform from the command line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import nullcontext

from pydantic import ValidationError

from functions.manifest import ManifestError, manifest
from functions.options import Refusal, parser, settings_of
from functions.settings import KafkaSettings, Settings


def main(arguments: list[str] | None = None) -> int:
    """Exit status: 0 well, 1 a part failed or something has drifted, 2 it could not start (one line says why)."""
    chosen = parser(__doc__).parse_args(arguments)
    try:
        commands = {"demo": _demo, "list": _list, "render": _render, "replay": _replay, "run": _run}
        return commands[chosen.command](chosen)
    except (Refusal, ManifestError) as error:
        return _told(error)
    except ValidationError as error:
        return _told(Refusal("; ".join(_unfit(error))))
    except KeyboardInterrupt:
        return 130


def _unfit(error: ValidationError) -> Iterator[str]:
    """What is wrong with each setting, by its name in the environment; not its value, which may be secret."""
    prefix = Settings.model_config["env_prefix"]
    if error.title == KafkaSettings.__name__:
        prefix = KafkaSettings.model_config["env_prefix"]
    for fault in error.errors(include_url=False, include_input=False):
        name = "_".join(map(str, fault["loc"]))
        yield f"{prefix}{name.upper()}: {fault['msg']}" if name else fault["msg"].removeprefix("Value error, ")


def _told(error: Exception) -> int:
    print(f"tidings: {' '.join(str(error).split())}", file=sys.stderr)
    return 2


def _demo(chosen: argparse.Namespace) -> int:
    settings_of(chosen)
    from functions import demo, hosting

    return hosting.told(lambda: demo.demo(chosen), _told)


def _run(chosen: argparse.Namespace) -> int:
    pods = {*manifest().pods, *manifest().log_pods()}
    for pod in chosen.pods:
        if pod not in pods:
            raise Refusal(f"there is no pod {pod!r}: the pods are {', '.join(sorted(pods))}")
    settings = settings_of(chosen)
    from functions import hosting
    from functions.app import Platform
    from functions.clock.edge import EdgeClock

    return hosting.told(lambda: hosting.host(Platform(settings, EdgeClock(), {*chosen.pods}), nullcontext()), _told)


def _replay(chosen: argparse.Namespace) -> int:
    settings = settings_of(chosen)
    from functions import hosting, replay

    named = chosen.function or replay.FUNCTIONS
    for function in named:
        if function not in replay.FUNCTIONS:
            raise Refusal(f"--function {function}: nothing to replay but of {', '.join(replay.FUNCTIONS)}")
    return hosting.told(lambda: hosting.replay(settings, named), _told)


def _list(_chosen: argparse.Namespace) -> int:
    declared = manifest()
    for name, line in declared.functions.items():
        print(f"{name:12} takes {', '.join(line.takes) or '-':45} gives {', '.join(line.gives) or '-'}")
    for pod, runs in declared.pods.items():
        print(f"pod {pod:8} by {runs.by:5} runs {', '.join(runs.run)}")
    return 0


def _render(chosen: argparse.Namespace) -> int:
    from functions import render

    changed = render.stale() if chosen.check else render.render()
    for path in changed:
        print(f"{'has drifted' if chosen.check else 'written'}: {path}")
    return 1 if chosen.check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
