"""`python -m functions demo | list | render | run`: the platform from the command line."""

from __future__ import annotations

import argparse
import sys

from events.local import Unusable as LogUnusable
from functions import demo, render
from functions.broker.broker import CannotStart
from functions.manifest import ManifestError, manifest
from stores.folder import Unusable


def main(arguments: list[str] | None = None) -> int:
    """Exit status: 0 well, 1 a part failed or something has drifted, 2 it could not start (one line says why)."""
    parser = argparse.ArgumentParser(prog="python -m functions", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    demo.add_demo(commands.add_parser("demo", help="the whole platform and a simulated fleet on this machine"))
    commands.add_parser("list", help="functions, what they take and give, and their pods")
    rendering = commands.add_parser("render", help="write schemas/ from the code")
    rendering.add_argument(
        "--check", action="store_true", help="change nothing; exit status 1 if anything would change"
    )
    chosen = parser.parse_args(arguments)
    try:
        return {"demo": demo.demo, "list": _list, "render": _render}[chosen.command](chosen)
    except (demo.Refusal, CannotStart, Unusable, LogUnusable, ManifestError, OSError) as error:
        print(f"tidings: {error}", file=sys.stderr)
        return 2


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


if __name__ == "__main__":
    sys.exit(main())
