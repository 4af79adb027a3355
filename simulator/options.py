"""The command line of `run`. Read by `__main__`."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from pathlib import Path

from simulator import awkward, faults
from simulator.profiles import PROFILES


def add_run(parser: argparse.ArgumentParser) -> None:
    """Every option of `python -m simulator run`."""
    add = parser.add_argument
    add("--url", required=True, help="mqtt://HOST:PORT or http://HOST:PORT")
    add("--tenant", default="main", help="whose devices they are (default %(default)s)")
    add("--devices", type=_count, default=200, help="how many (default %(default)s)")
    add("--profiles", type=_names(tuple(PROFILES)), default=tuple(PROFILES), help="which kinds, in turn (default all)")
    add("--metrics", type=_count, default=0, help="values a message (default: what the profile measures)")
    add("--interval", type=_amount, default=1.0, help="seconds between a device's messages (default %(default)s)")
    add("--seed", type=int, default=1, help="of signals and faults (default %(default)s)")
    add("--duration", type=float, default=0.0, help="seconds of device time; 0: until stopped (default)")
    add("--start", default="", help="device time at the start: Unix ms, RFC 3339, or the platform's"
        " http://HOST:PORT to ask for its clock (default: now)")  # fmt: skip
    add(
        "--speed",
        type=_amount,
        default=1.0,
        help="how many seconds of device time a second lasts (default %(default)s)",
    )
    _add_faults(parser)
    _add_files(parser)
    _add_sending(parser)


def _add_faults(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--faults", type=_names(faults.KINDS), default=(), help=f"kinds to inject, of {','.join(faults.KINDS)}"
        " (default: none, or all with --first-fault)")  # fmt: skip
    add("--fault-rate", type=float, default=4.0, help="faults a device and day, at most 96 (default %(default)s)")
    add("--warmup", type=float, help="seconds before the first fault (default: a tenth of the run, at most 30 min)")
    add("--first-fault", type=float, help="seconds to one fault of each kind, the first of them three seconds apart"
        " (default: after the warm-up, in runs of at most 1 h)")  # fmt: skip
    add("--awkward", type=_names(awkward.KINDS), default=(), help="devices that do this: repeat,reorder,revise")


def _add_files(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--truth", type=Path, help="file for the faults, JSON lines")
    add("--readings", type=Path, help="file for what was sent, JSON lines")
    add("--append", action="store_true", help="go on with the files of an earlier run of the same seed")
    add("--record", type=Path, help="file to record the messages in")
    add("--replay", type=Path, help="recording to send instead of a fleet's messages")


def _add_sending(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--connections", type=int, default=4, help="over which the devices share; 0: one each (default %(default)s)")
    add("--window", type=int, default=400, help="MQTT messages in flight over all connections (default %(default)s)")
    add("--batch", type=int, default=200, help="HTTP: messages of a device in a request, at most (default %(default)s)")
    add("--buffer", type=int, default=500_000, help="messages kept while nothing can be sent (default %(default)s)")
    add(
        "--drain",
        type=float,
        default=30.0,
        help="seconds to wait at the end for acknowledgements (default %(default)s)",
    )
    add("--until-eof", action="store_true", help="stop when standard input ends: whoever started it is gone")
    add("--json", action="store_true", help="print the summary as one line of JSON")


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


def _names(known: tuple[str, ...]) -> Callable[[str], tuple[str, ...]]:
    def read(text: str) -> tuple[str, ...]:
        names = tuple(name.strip() for name in text.split(",") if name.strip())
        strange = [name for name in names if name not in known]
        if strange:
            raise argparse.ArgumentTypeError(f"{strange[0]!r} is not known: use {', '.join(known)}")
        return names

    return read
