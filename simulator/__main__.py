"""`python -m simulator run | check | listen`: the devices, and the auditor of what became of their readings."""

from __future__ import annotations

import argparse
import sys

from simulator import listen, options, run
from simulator.audit import command


def main(arguments: list[str] | None = None) -> int:
    """Exit status: 0 well, 1 something was not acknowledged (`run`) or is wrong (`check`), 2 it could not be done."""
    parser = argparse.ArgumentParser(prog="python -m simulator", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    options.add_run(commands.add_parser("run", help="simulate a fleet of devices"))
    command.add_check(commands.add_parser("check", help="compare what was sent with what the platform has"))
    listen.add_listen(commands.add_parser("listen", help="write down the events of the live channel"))
    chosen = parser.parse_args(arguments)
    try:
        return {"run": run.run, "check": command.check, "listen": listen.listen}[chosen.command](chosen)
    except (ValueError, OSError) as error:
        print(f"simulator: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
