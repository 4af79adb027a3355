"""What the commands of __main__.py take. Imports nothing heavy: a refusal is told at once."""

from __future__ import annotations

import argparse
import math
from pathlib import Path

from functions.settings import Settings

LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Refusal(Exception):
    """Why it does not start, and the cure, in a line."""


def parser(description: str | None) -> argparse.ArgumentParser:
    """All commands."""
    made = argparse.ArgumentParser(prog="python -m functions", description=description)
    commands = made.add_subparsers(dest="command", required=True)
    _add_demo(commands.add_parser("demo", help="the whole platform and a simulated fleet on this machine"))
    commands.add_parser("list", help="functions, what they take and give, and their pods")
    rendering = commands.add_parser("render", help="write schemas/ from the code")
    rendering.add_argument("--check", action="store_true", help="change nothing; exit status 1 if anything differs")
    running = commands.add_parser("run", help="a pod of the manifest, or some, in this process")
    running.add_argument("pods", nargs="+", metavar="POD", help="its name, as `list` shows it")
    _add_places(running)
    replaying = commands.add_parser("replay", help="give rows another try that a function gave up; see dead.letter")
    replaying.add_argument("--function", action="append", help="only what this one gave up: validate, record, archive")
    _add_places(replaying)
    return made


def settings_of(options: argparse.Namespace) -> Settings:
    """The settings with what the command line says. Refusal if they would let others in without a token."""
    named = ("port", "mqtt_port", "data", "listen", "token")
    settings = Settings(**{name: getattr(options, name) for name in named if getattr(options, name) is not None})
    if settings.listen not in LOOPBACK and settings.token is None:
        raise Refusal(f"listening on {settings.listen} lets others in: give --token too, which they must then show")
    return settings


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 on")
    return int(text)


def _amount(text: str) -> float:
    try:
        amount = float(text)
    except ValueError:
        amount = math.nan
    if not 0 < amount < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number over 0")
    return amount


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: give 1 to 65535, or 0 for a free one")
    return int(text)


def _add_demo(options: argparse.ArgumentParser) -> None:
    _add_places(options)
    options.add_argument("--devices", type=_count, default=200, help="simulated devices; 0: wait for real ones")
    options.add_argument("--interval", type=_amount, default=1.0, help="seconds between a device's messages")
    options.add_argument("--start", help="what the edge's clock shows at first (RFC 3339)")
    options.add_argument("--speed", type=_amount, default=1.0, help="seconds of the edge's clock in a second")


def _add_places(options: argparse.ArgumentParser) -> None:
    """Where it listens and keeps its data; what is not given is taken from TIDINGS_… or settings.py."""
    options.add_argument("--port", type=_port, help="of the page and the API; 0: a free one (default 8080)")
    options.add_argument("--mqtt-port", type=_port, help="of the embedded broker; 0: a free one (default 1883)")
    options.add_argument("--data", type=Path, help="folder of log, stores and broker (default .tidings)")
    options.add_argument("--listen", help="address of the page and the API (default 127.0.0.1)")
    options.add_argument("--token", help="what callers of the API must show; needed where --listen is not the loopback")
