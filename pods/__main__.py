"""`python -m pods`: the demo on real servers, until Ctrl-C. Exit status: 0, or 1 if something did not start."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue

from functions.fleet import announced, simulated
from pods.crew import Crew
from pods.gateway import Gateway
from pods.problem import CannotRun, say
from pods.servers import serving
from services.problem import CannotServe


def demo(options: argparse.Namespace, stop: threading.Event) -> None:
    """Runs until `stop`. CannotRun or OSError: one line with the cure."""
    say(f"starting on {options.data} …")
    with ExitStack() as running:
        gateway = running.enter_context(Gateway(options.port))
        servers = running.enter_context(serving(options.data, stop))
        crew = running.enter_context(Crew(options.data / "pods", servers))
        gateway.route(crew.ports)
        crew.start(stop)
        if not stop.is_set():
            _greet(gateway.port, servers)
            if options.devices:
                say(announced(options.devices, options.interval))
                running.enter_context(simulated(servers["TIDINGS_MQTT"], options.devices, options.interval))
            crew.watch(stop)
        say("ending …")


def _greet(port: int, servers: Mapping[str, str]) -> None:
    page = f"http://127.0.0.1:{port}"
    say(f"the page: {page}   its API: {page}/api/docs")
    say(f"devices publish to: {servers['TIDINGS_MQTT']}, topic tidings/main/<device>/telemetry")


def _signals() -> threading.Event:
    """What a signal sets, in a thread: the handler of a second one would wait for the lock that the first one holds."""
    stop, came = threading.Event(), SimpleQueue[int]()

    def obey() -> None:
        came.get()
        stop.set()

    threading.Thread(target=obey, name="signals", daemon=True).start()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: came.put(number))
    return stop


def main(arguments: list[str]) -> int:
    """Gives the exit status."""
    parser = argparse.ArgumentParser(prog="python -m pods", description=__doc__)
    parser.add_argument(
        "--data", type=Path, default=Path(".services"), help="folder of the servers and of what pods log"
    )
    parser.add_argument("--port", type=int, default=8080, help="of the page; 0: a free one (default %(default)s)")
    parser.add_argument("--devices", type=int, default=200, help="simulated ones; 0: wait for real ones")
    parser.add_argument("--interval", type=float, default=1.0, help="seconds between a device's messages")
    options = parser.parse_args(arguments)
    stop = _signals()
    try:
        demo(options, stop)
    except (CannotRun, CannotServe, OSError) as problem:
        say(str(problem))
        return 1
    say("ended; started again, it goes on with its data")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
