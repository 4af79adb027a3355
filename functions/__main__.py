"""`python -m functions demo | list | render | run`: the platform from the command line."""

from __future__ import annotations

import argparse
import sys
from contextlib import nullcontext

from pydantic import ValidationError

from events import journal
from events.local import Unusable as LogUnusable
from functions import demo, render
from functions.app import Platform
from functions.broker.broker import CannotStart
from functions.clock.edge import EdgeClock
from functions.hosting import Refusal, host
from functions.manifest import ManifestError, manifest
from functions.rules.files import BadFile
from stores.folder import Unusable

TOLD = (Refusal, CannotStart, Unusable, LogUnusable, ManifestError, BadFile, ValidationError, OSError)
"""What is told in a line: the reason and the cure are in its text."""


def main(arguments: list[str] | None = None) -> int:
    """Exit status: 0 well, 1 a part failed or something has drifted, 2 it could not start (one line says why)."""
    chosen = _parser().parse_args(arguments)
    journal.begin(level="WARNING")
    try:
        commands = {"demo": demo.demo, "list": _list, "render": _render, "run": _run}
        return commands[chosen.command](chosen)
    except TOLD as error:
        print(f"tidings: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m functions", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    demo.add_demo(commands.add_parser("demo", help="the whole platform and a simulated fleet on this machine"))
    commands.add_parser("list", help="functions, what they take and give, and their pods")
    rendering = commands.add_parser("render", help="write schemas/ from the code")
    rendering.add_argument(
        "--check", action="store_true", help="change nothing; exit status 1 if anything would change"
    )
    running = commands.add_parser("run", help="one pod of the manifest in this process")
    running.add_argument("pod", help="its name, as `list` shows it")
    demo.add_places(running)
    return parser


def _list(_chosen: argparse.Namespace) -> int:
    declared = manifest()
    for name, line in declared.functions.items():
        print(f"{name:12} takes {', '.join(line.takes) or '-':45} gives {', '.join(line.gives) or '-'}")
    for pod, runs in declared.pods.items():
        print(f"pod {pod:8} by {runs.by:5} runs {', '.join(runs.run)}")
    return 0


def _render(chosen: argparse.Namespace) -> int:
    changed = render.stale() if chosen.check else render.render()
    for path in changed:
        print(f"{'has drifted' if chosen.check else 'written'}: {path}")
    return 1 if chosen.check and changed else 0


def _run(chosen: argparse.Namespace) -> int:
    pods = {*manifest().pods, *manifest().log_pods()}
    if chosen.pod not in pods:
        raise Refusal(f"there is no pod {chosen.pod!r}: the pods are {', '.join(sorted(pods))}")
    platform = Platform(demo.settings_of(chosen), EdgeClock(), {chosen.pod})
    return host(platform, nullcontext())


if __name__ == "__main__":
    sys.exit(main())
