"""A fourth person's function: one folder and one line, in a copy of the platform, and it runs."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent

HANDLER = '''
"""count: how many readings each metric has had. A pod of its own."""

from events import types
from events.state import Column, Layout
from functions.manifest import manifest

LAYOUT = Layout(1, {"metric": {"readings": Column("i8")}})


def handle(event, *, state):
    if event.type == types.TELEMETRY_VALIDATED:
        table = state.tables["metric"]
        for row in event.data.rows():
            table["readings"][table.rows([(row.metric,)], 0)[0]] += 1
    return ()
'''

RUN = """
import json, sys
from pathlib import Path
from threading import Event as Flag
from events import types
from events.event import Event
from events.local import LocalLog
from events.readings import Readings, Row
from events.chains import chains
from events.stream import Pace, Stream
from functions.catalogue import function
from functions.manifest import manifest
from stores.open import Urls, open_stores

folder = Path(sys.argv[1])
stores, log = open_stores(Urls.embedded(folder)), LocalLog(folder / "log", 1)
m = manifest()
everyone = [function(name, line, {}) for name, line in m.functions.items() if name in ("validate", "count")]
data = Readings.of([Row(f"d{i}", "tv"[i % 2], i, i, float(i)) for i in range(7)])
log.append("inbox", 0, [Event(types.TELEMETRY_RECEIVED, data, 1, source="/test/1", sequence="1", id="1")])
log.flush()
pods = {pod: run for pod, run in m.log_pods().items() if pod in ("stream", "count")}
for pod, run in pods.items():
    for group, memory in chains([f for f in everyone if f.name in run], everyone):
        stream = Stream(pod, group, memory, log, stores.checkpoints(), lambda shard: ())
        while stream.step(0):
            pass
        stop = Flag()
        stop.set()
        stream.run(stop)
        log.flush()
        if pod == "count":
            table = stream._lanes[0].lane.chain.members[0].state.tables["metric"]
            print(json.dumps({key[0]: int(table["readings"][row]) for row, key in enumerate(table.keys)}))
log.close()
stores.close()
"""


def test_one_folder_and_one_line(tmp_path: Path) -> None:
    copy = tmp_path / "tidings"
    for room in ("events", "stores", "functions"):
        shutil.copytree(ROOT / room, copy / room, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "functions/count").mkdir()
    (copy / "functions/count/__init__.py").write_text('"""Counts readings."""\n')
    (copy / "functions/count/handler.py").write_text(HANDLER)
    manifest = copy / "functions/manifest.toml"
    line = 'count = { takes = ["telemetry"] }\n'
    manifest.write_text(manifest.read_text().replace("[functions]\n", f"[functions]\n{line}"))
    run = subprocess.run(
        [sys.executable, "-c", RUN, str(tmp_path / "data")],
        cwd=copy,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) == {"t": 4, "v": 3}
