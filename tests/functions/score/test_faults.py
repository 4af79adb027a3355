"""The simulator's faults are found, and little else; `python -m benchmarks.detectors` is the large form of it."""

from __future__ import annotations

from benchmarks.detectors import Setting, Simulated, judged, play

ASKED = 0.9
FALSE_A_DEVICE_DAY = 0.5


def test_faults_are_found_and_little_else() -> None:
    simulated = Simulated(Setting(devices=36, hours=12, seed=7, rate=16))
    result = judged(simulated, play(simulated))
    kinds = result["kinds"]
    assert all(kind["injected"] >= 30 for kind in kinds.values())
    recall = {name: kind["recall"] for name, kind in kinds.items() if name != "offline"}
    assert min(recall.values()) >= ASKED, recall
    assert result["false"]["anomaly_a_device_day"] <= FALSE_A_DEVICE_DAY
