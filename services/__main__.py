"""`python -m services up|down|status|build`: what `make services` runs. The servers outlive the command.

    eval "$(python -m services up)"     starts them and sets TIDINGS_… in this shell

Standard output is for the settings, standard error for the person. Exit status 1: not all that was asked for is so.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from services.cache import held, tell
from services.every import SERVERS
from services.problem import CannotServe
from services.server import Server


def up(data: Path, names: list[str]) -> int:
    """Builds what is not built, starts what does not run, and writes the settings. All that were asked for, or none."""
    started: list[Server] = []
    try:
        for server in _servers(data, names):
            _up(server, started)
    except (CannotServe, KeyboardInterrupt):
        for server in started:
            server.stop()
        raise
    print(_settings(data), end="")
    tell(f"settings are in {data / 'env'}; `make services down` ends them, the data stays")
    return 0


def _up(server: Server, started: list[Server]) -> None:
    if server.alive:
        tell(f"{server.name}: runs already, pid {server.pid}, port {server.port}")
        return
    if server.missing() is not None:
        server.build()
    began = time.monotonic()
    started.append(server)
    server.start()
    tell(f"{server.name}: ready after {time.monotonic() - began:.1f} s, pid {server.pid}, port {server.port}")


def down(data: Path, names: list[str]) -> int:
    """Ends what runs of this folder, and nothing else."""
    for server in reversed(_servers(data, names)):
        was = server.pid
        server.stop()
        tell(f"{server.name}: did not run" if was is None else f"{server.name}: ended, pid {was}")
    _settings(data)
    return 0


def status(data: Path, names: list[str]) -> int:
    """A line a server."""
    servers = _servers(data, names)
    for server in servers:
        print(f"{server.name:10} {_state(server)}")
    return int(not all(server.ready for server in servers))


def _state(server: Server) -> str:
    if server.pid is None:
        return server.missing() or "down"
    return f"{'ready' if server.ready else 'does not answer'}, pid {server.pid}, port {server.port}"


def build(_: Path, names: list[str]) -> int:
    """Makes `up` quick."""
    for name in names:
        SERVERS[name].build()
    return 0


def _servers(data: Path, names: list[str]) -> list[Server]:
    return [kind(data / name) for name, kind in SERVERS.items() if name in names]


def _settings(data: Path) -> str:
    """Writes the file `env`, of what runs, and gives its text."""
    running = [server for server in _servers(data, list(SERVERS)) if server.alive]
    text = "".join(f"export {server.setting}={server.url}\n" for server in running)
    file = data / "env"
    file.touch(mode=0o600)
    file.write_text(text)
    if not running:
        file.unlink()
    return text


VERBS: dict[str, Callable[[Path, list[str]], int]] = {"up": up, "down": down, "status": status, "build": build}


def main(arguments: list[str]) -> int:
    """Gives the exit status."""
    parser = argparse.ArgumentParser(prog="python -m services", description="Real servers as plain processes.")
    parser.add_argument("verb", choices=VERBS)
    parser.add_argument("names", nargs="*", metavar="server", help=f"{', '.join(SERVERS)}; all where none is named")
    parser.add_argument("--data", type=Path, default=Path(".services"), help="their folder (default: %(default)s)")
    given = parser.parse_args(arguments)
    if unknown := set(given.names) - set(SERVERS):
        parser.error(f"no server is called {', '.join(sorted(unknown))}: there are {', '.join(SERVERS)}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that what it began is ended
    try:
        given.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        with held(given.data / "lock"):
            return VERBS[given.verb](given.data, given.names or list(SERVERS))
    except (CannotServe, OSError) as problem:
        tell(str(problem))
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
