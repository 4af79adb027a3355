"""The auditor against a platform that is right, and against one with a single fault: each is named, and only it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from simulator.__main__ import main
from tests.simulator.tiny_platform import MINUTE, TinyPlatform, row

BEGIN = 1_795_521_600_000
Checked = tuple[int, dict[str, Any]]
Check = Callable[..., Checked]


@pytest.fixture
def sent(tiny_platform: TinyPlatform, tmp_path: Path) -> list[dict[str, Any]]:
    """Two devices, two metrics, five minutes; the platform has it all."""
    lines: list[dict[str, Any]] = [
        {"device": f"d-{d}", "metric": m, "time": BEGIN + 250 + s * 1000, "value": s + 0.5, "acked": True, "order": s}
        for d in (1, 2)
        for m in ("x", "y")
        for s in range(300)
    ]
    _write(tmp_path, lines)
    tiny_platform.held.readings = {(ln["device"], ln["metric"], ln["time"]): ln["value"] for ln in lines}
    tiny_platform.count()
    return lines


@pytest.fixture
def check(tiny_platform: TinyPlatform, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Check:
    """Runs the command; its exit status and its JSON."""

    def run(*more: str) -> Checked:
        files = ["--readings", str(tmp_path / "sent"), "--api", tiny_platform.url]
        status = main(["check", *files, "--settle", "0", "--json", *more])
        return status, orjson.loads(capsys.readouterr().out)

    return run


def _write(folder: Path, lines: list[dict[str, Any]], name: str = "sent") -> Path:
    (folder / name).write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))
    return folder / name


def _only(report: dict[str, Any], kind: str, where: str) -> dict[str, Any]:
    findings: list[dict[str, Any]] = [f for f in report["findings"] if (f["kind"], f["where"]) == (kind, where)]
    assert len(findings) == 1, report["findings"]
    return findings[0]


KEY = ("d-2", "y", BEGIN + 250 + 130_000)


def test_a_platform_that_is_right_is_clean(sent: list[dict[str, Any]], check: Check) -> None:
    status, report = check()
    assert (status, report["verdict"], report["findings"]) == (0, "clean", [])
    assert report["readings"] == {"devices": 2, "acked": 1200, "stored": 1200, "refused": 0}
    assert report["rollups"]["checked"] == 20


def test_metrics_are_asked_for_one_by_one_where_they_must_be(
    sent: list[dict[str, Any]], check: Check, tiny_platform: TinyPlatform
) -> None:
    tiny_platform.held.all_metrics = False
    status, report = check()
    assert (status, report["readings"]["stored"]) == (0, 1200)


def test_a_lost_reading_is_named_with_the_stage_that_lost_it(
    sent: list[dict[str, Any]], check: Check, tiny_platform: TinyPlatform
) -> None:
    del tiny_platform.held.readings[KEY]
    tiny_platform.held.ledger[-3] = row(BEGIN + 2 * MINUTE, "record", 239)
    status, report = check()
    finding = _only(report, "lost", "readings")
    assert status == 1
    assert (finding["device"], finding["metric"]) == KEY[:2]
    assert finding["minute"] == (BEGIN + 2 * MINUTE) * 1000
    assert finding["stage"] == "record"
    assert _only(report, "miscounted", "ledger")["stage"] == "record"


def test_a_doubled_reading_is_named(sent: list[dict[str, Any]], check: Check, tiny_platform: TinyPlatform) -> None:
    tiny_platform.held.twice.append(KEY)
    status, report = check()
    assert status == 1
    assert _only(report, "doubled", "readings")["device"] == "d-2"


def test_a_changed_value_is_named_with_both(
    sent: list[dict[str, Any]], check: Check, tiny_platform: TinyPlatform
) -> None:
    tiny_platform.held.readings[KEY] = 7.25
    status, report = check()
    finding = _only(report, "wrong", "readings")
    assert status == 1
    assert "stored 7.25, sent 130.5" in finding["example"]


def test_a_reading_that_was_never_sent_is_named(
    sent: list[dict[str, Any]], check: Check, tiny_platform: TinyPlatform
) -> None:
    tiny_platform.held.readings["d-1", "x", BEGIN + 123_456] = 1.0
    status, report = check()
    assert status == 1
    assert _only(report, "invented", "readings")["metric"] == "x"


def test_a_device_of_which_nothing_is_stored_is_lost(
    sent: list[dict[str, Any]], check: Check, tiny_platform: TinyPlatform
) -> None:
    held = tiny_platform.held
    held.readings = {key: value for key, value in held.readings.items() if key[0] != "d-2"}
    status, report = check()
    assert status == 1
    assert report["counts"]["lost"] == 600


def test_a_rollup_that_counts_too_much_is_named(
    sent: list[dict[str, Any]], check: Check, tiny_platform: TinyPlatform
) -> None:
    tiny_platform.held.rollup_counts = 1
    status, report = check()
    assert status == 1
    assert report["counts"] == {"miscounted": 20}
    assert "count 61 for 60" in report["findings"][0]["example"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"lost": 3}, "records of a writer are missing"),
        ({"out": 230}, "in 240, out 230"),
        ({"out": 230, "rejected": {"out_of_range": 10}}, "took 10 rows too many"),
    ],
)
def test_a_ledger_that_does_not_add_up_is_named(
    sent: list[dict[str, Any]], check: Check, tiny_platform: TinyPlatform, change: dict[str, Any], words: str
) -> None:
    tiny_platform.held.ledger[1] |= change
    status, report = check()
    assert status == 1
    assert any(words in f["example"] and f["minute"] == (BEGIN + MINUTE) * 1000 for f in report["findings"])


def test_what_is_in_flight_cannot_be_told(
    sent: list[dict[str, Any]], check: Check, tiny_platform: TinyPlatform
) -> None:
    del tiny_platform.held.ledger[-1]
    status, report = check()
    assert (status, report["verdict"]) == (2, "unknown")
    assert "240 rows in flight" in report["unknown"][0]


def test_what_is_missing_while_something_is_in_flight_cannot_be_told_but_what_is_doubled_can(
    sent: list[dict[str, Any]], check: Check, tiny_platform: TinyPlatform
) -> None:
    del tiny_platform.held.ledger[-1], tiny_platform.held.readings[KEY]
    status, report = check()
    assert (status, report["counts"]["lost"]) == (2, 1)
    tiny_platform.held.twice.append(("d-1", *KEY[1:]))
    assert check()[0] == 1


def test_a_platform_that_is_away_cannot_be_told(
    sent: list[dict[str, Any]], tmp_path: Path, free_port: Callable[[], int], capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    assert main(["check", "--readings", str(tmp_path / "sent"), "--api", url]) == 2
    assert url in capsys.readouterr().out


def test_a_clock_that_runs_ahead_of_the_ledger_does_not_make_readings_lost(
    sent: list[dict[str, Any]], check: Check, tiny_platform: TinyPlatform
) -> None:
    held = tiny_platform.held
    held.clock_step = MINUTE + 7000
    del held.readings[KEY], held.ledger[-1], held.ledger[4]  # the last minute is still to come, for all stages
    status, report = check("--settle", "1.5")
    assert (status, report["unknown"]) == (2, ["0 rows in flight, 960 of 1200 counted in after 2 s"])


@pytest.mark.parametrize("content", ["", "no json\n"])
def test_what_is_no_readings_file_cannot_be_told(content: str, check: Check, tmp_path: Path) -> None:
    (tmp_path / "sent").write_text(content)
    status, report = check()
    assert (status, len(report["unknown"])) == (2, 1)


def test_a_line_cut_short_is_left_out(sent: list[dict[str, Any]], check: Check, tmp_path: Path) -> None:
    with (tmp_path / "sent").open("ab") as file:
        file.write(b'{"device":"d-1","met')
    assert check()[0] == 0


@pytest.mark.parametrize(
    ("values", "stored", "verdict"),
    [
        ([(1.0, True), (2.0, True)], 2.0, "clean"),  # a revision
        ([(1.0, True), (2.0, True)], 1.0, "wrong"),
        ([(1.0, True), (1.0, True)], 1.0, "clean"),  # a repeat
        ([(1.0, True), (2.0, False)], 1.0, "clean"),  # a revision that was perhaps not received
        ([(1.0, True), (2.0, False)], 2.0, "clean"),
        ([(1.0, False)], 1.0, "clean"),
        ([(1.0, False)], 3.0, "wrong"),
        ([(1.0, False)], None, "clean"),
        ([(1.0, True)], None, "wrong"),
    ],
)
def test_of_equal_identities_the_last_acknowledged_counts(
    sent: list[dict[str, Any]], check: Check, tiny_platform: TinyPlatform, tmp_path: Path,
    values: list[tuple[float, bool]], stored: float | None, verdict: str,
) -> None:  # fmt: skip
    device, metric, time = KEY
    head = {"device": device, "metric": metric, "time": time}
    lines = [line for line in sent if (line["device"], line["metric"], line["time"]) != KEY]
    _write(tmp_path, [head | {"value": v, "acked": a, "order": i} for i, (v, a) in enumerate(values)] + lines)
    tiny_platform.held.readings.pop(KEY)
    tiny_platform.again(tiny_platform.held.ledger[0], len(values) - 1)
    if stored is not None:
        tiny_platform.held.readings[KEY] = stored
    assert check()[1]["verdict"] == verdict


def test_a_refusal_of_a_good_reading_is_named(sent: list[dict[str, Any]], check: Check, tmp_path: Path) -> None:
    line = sent[0] | {"time": BEGIN - 5000, "acked": False, "refused": "too_large"}
    _write(tmp_path, [*sent, line])
    status, report = check()
    assert status == 1
    assert "too_large" in _only(report, "refused", "answer")["example"]


def _alert(id: str, at: int) -> dict[str, Any]:
    times = {"raised_at": f"2026-11-24T12:00:{at:02d}.000000Z", "cleared_at": f"2026-11-24T12:00:{at + 5:02d}Z"}
    return {"id": id, "rule": "hot", "device": "d-1", "metric": "x", "version": 1} | times


@pytest.mark.parametrize("second", [_alert("one", 40), _alert("two", 10)], ids=["same id", "same moment"])
def test_an_alert_that_is_there_twice_is_named(
    sent: list[dict[str, Any]], check: Check, tiny_platform: TinyPlatform, second: dict[str, Any]
) -> None:
    tiny_platform.held.alerts = [_alert("one", 10), second]
    status, report = check()
    assert status == 1
    assert _only(report, "doubled", "alerts")["stage"] == "alert"


@pytest.mark.parametrize(
    ("option", "events", "status"),
    [
        ("--events", [["alert", _alert("one", 10) | {"verb": "raised"}]] * 2, 0),  # delivered twice
        ("--events", [["alert", _alert("one", 10) | {"verb": "raised", "version": v}] for v in (1, 4)], 1),
        ("--events", [{"event": "alert", "data": _alert("one", 10) | {"verb": v}} for v in ("raised", "cleared")], 0),
        ("--log", [{"type": "io.tidings.alert.raised", "id": i, "data": _alert("one", 10)} for i in "ab"], 1),
        ("--log", [{"type": "io.tidings.alert.raised", "id": "a", "data": _alert("one", 10)}] * 2, 0),
        ("--log", [{"type": "io.tidings.clock.ticked", "id": "a", "data": {}}], 0),
    ],
)
def test_an_alert_is_raised_once(
    sent: list[dict[str, Any]], check: Check, tmp_path: Path, option: str, events: list[Any], status: int
) -> None:
    assert check(option, str(_write(tmp_path, events, "events")))[0] == status


def _archived(folder: Path, lines: list[dict[str, Any]], name: str = "0-9") -> None:
    path = folder / "objects/tenant=main/day=2026-11-24/shard=0"
    path.mkdir(parents=True, exist_ok=True)
    columns = {n: [line[n] for line in lines] for n in ("device", "metric", "value")}
    time = pa.array([line["time"] * 1000 for line in lines], pa.timestamp("us", "UTC"))
    offset = pa.array([line.get("offset", 7) for line in lines], pa.int64())
    rows = pa.array([line.get("row", i) for i, line in enumerate(lines)], pa.int32())
    table = pa.table({**columns, "time": time, "offset": offset, "row": rows, "text": [None] * len(lines)})
    pq.write_table(table, path / f"{name}.parquet")


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ([], {}),
        ([{}], {"doubled": 1}),  # the same record of the inbox again
        ([{"offset": 8}], {}),  # a repeat that came late
        ([{"row": 900}], {}),  # one that came late in the same record: what a device sends after it was cut off
        ([{"offset": 8, "value": 9.0}], {"wrong": 1}),
        ([{"offset": 6, "value": 9.0}], {}),  # revised by what is there
        ([{"time": BEGIN + 9}], {}),  # before the first of its device
        ([{"time": BEGIN + 999, "offset": 8}], {"invented": 1}),
    ],
)
def test_the_archive_has_nothing_twice_and_nothing_else(
    sent: list[dict[str, Any]], check: Check, tmp_path: Path, more: list[dict[str, Any]], found: dict[str, int]
) -> None:
    _archived(tmp_path, sent[:600])
    if more:
        _archived(tmp_path, [sent[3] | {"row": 3} | change for change in more], "9-10")
    status, report = check("--objects", str(tmp_path / "objects"))
    assert report["counts"] == found, report["findings"]
    assert status == (1 if found else 0)
    assert report["archive"]["files"] == 1 + len(more)


def test_what_the_archive_passed_over_is_lost(sent: list[dict[str, Any]], check: Check, tmp_path: Path) -> None:
    _write(tmp_path, [line | {"order": i} for i, line in enumerate(sent)])
    _archived(tmp_path, [*sent[:300], *sent[301:600]])
    status, report = check("--objects", str(tmp_path / "objects"))
    finding = _only(report, "lost", "archive")
    assert (status, finding["count"], finding["stage"]) == (1, 1, "archive")
    assert (finding["device"], finding["metric"]) == (sent[300]["device"], sent[300]["metric"])


@pytest.mark.parametrize(("archived", "stage"), [(130.5, "record"), (7.25, "validate or before it")])
def test_the_archive_tells_where_a_value_was_changed(
    sent: list[dict[str, Any]],
    check: Check,
    tiny_platform: TinyPlatform,
    tmp_path: Path,
    archived: float,
    stage: str,
) -> None:
    tiny_platform.held.readings[KEY] = 7.25
    here = [
        line
        | (
            {"value": archived}
            if line["value"] == 130.5 and line["device"] == KEY[0] and line["metric"] == KEY[1]
            else {}
        )
        for line in sent
    ]
    _archived(tmp_path, here)
    status, report = check("--objects", str(tmp_path / "objects"))
    assert status == 1
    assert _only(report, "wrong", "readings")["stage"] == stage


def test_faults_are_scored_by_kind(
    sent: list[dict[str, Any]], check: Check, tiny_platform: TinyPlatform, tmp_path: Path
) -> None:
    def fault(kind: str, metric: str | None, second: int, device: str = "d-1") -> dict[str, Any]:
        start = BEGIN + second * 1000
        return {"kind": kind, "device": device, "metric": metric, "start": start, "end": start + 10_000, "size": 1}

    truth = [
        fault("spike", "x", 8),
        fault("spike", "x", 100, "d-2"),
        fault("offline", None, 35),
        fault("stuck", "y", 295),
    ]
    of_the_device = _alert("three", 12) | {"metric": None}  # a silence is no spike
    after_the_end = _alert("four", 0) | {"raised_at": "2026-11-24T12:06:30Z", "cleared_at": None}
    tiny_platform.held.alerts = [_alert("one", 10), _alert("two", 40), of_the_device, after_the_end]
    anomaly = {"id": "a", "device": "d-2", "metric": "y", "start": "2026-11-24T12:03:20Z", "end": None}
    tiny_platform.held.anomalies = [anomaly]
    status, report = check("--truth", str(_write(tmp_path, truth, "truth")), "--grace", "5")
    assert status == 0
    spike = {"injected": 2, "found": 1, "recall": 0.5, "delay_p50": 2.0, "delay_p95": 2.0}
    offline = {"injected": 1, "found": 1, "recall": 1.0, "delay_p50": 5.0, "delay_p95": 5.0}
    assert report["faults"]["kinds"] == {"spike": spike, "offline": offline}  # the last was cut off by the run's end
    assert (report["faults"]["false"]["alert"], report["faults"]["false"]["anomaly"]) == (1, 1)


def test_people_read_where_and_when(
    sent: list[dict[str, Any]], tiny_platform: TinyPlatform, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    del tiny_platform.held.readings[KEY]
    files = ["--readings", str(tmp_path / "sent"), "--api", tiny_platform.url]
    assert main(["check", *files]) == 1
    out = capsys.readouterr().out
    assert "lost (readings): d-2/y minute 2026-11-24T12:02:00Z, stage the inbox or record: 1 × " in out
    assert "verdict: wrong lost 1" in out
