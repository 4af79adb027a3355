"""What each kind of simulated device measures: units, ranges and spreads, as data.

`fleet` turns these into arrays. The platform's own definitions (profiles and rules of the demo) use the same names
and numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Shape = Literal["analogue", "door", "compressor", "latitude", "longitude", "ground_speed", "tank"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One measured quantity of a profile.

    `level` is the typical value and `spread` how far devices differ from it (one standard deviation). `sigma` is the
    robust sigma of the short-term noise about the course; `load` and `shared` say, in sigma and as a correlation, how
    strongly the metric follows the device's load and the disturbance that all its metrics share. `daily` and `weekly`
    are amplitudes. `alarm` is (threshold, clear level) of a clear excess. Only `analogue` metrics are scored and
    suffer faults.
    """

    name: str
    unit: str
    low: float
    high: float
    level: float
    spread: float
    sigma: float
    decimals: int
    daily: float = 0.0
    weekly: float = 0.0
    load: float = 0.0
    shared: float = 0.0
    alarm: tuple[float, float] | None = None
    shape: Shape = "analogue"


@dataclass(frozen=True, slots=True)
class Profile:
    """A kind of device; `metrics` in the order in which a smaller message drops them from the end."""

    name: str
    metrics: tuple[Metric, ...]


PUMP = Profile(
    "pump",
    (
        Metric("pressure", "bar", 0, 16, 6.0, 0.4, 0.08, 2, daily=0.3, weekly=0.1, load=0.8, shared=0.4),
        Metric("flow", "m3/h", 0, 120, 42.0, 4.0, 0.9, 1, daily=4.0, weekly=1.5, load=0.8, shared=0.4),
        Metric("temperature", "Cel", -20, 140, 55.0, 3.0, 0.5, 2, daily=3.0, load=0.5),
        Metric("vibration", "mm/s", 0, 25, 2.2, 0.15, 0.18, 2, daily=0.1, load=0.4, alarm=(7.1, 4.5)),
        Metric("current", "A", 0, 60, 18.0, 1.2, 0.35, 2, daily=1.2, weekly=0.4, load=0.8, shared=0.8),
        Metric("power", "kW", 0, 40, 9.0, 0.6, 0.18, 2, daily=0.6, weekly=0.2, load=0.8, shared=0.8),
        Metric("speed", "1/min", 0, 3600, 1480.0, 8.0, 3.0, 1, daily=4.0, load=-0.6, shared=-0.3),
    ),
)

COLD_ROOM = Profile(
    "cold-room",
    (
        Metric("temperature", "Cel", -40, 40, 3.5, 0.4, 0.15, 2, daily=0.4, load=0.6, shared=0.3, alarm=(8.0, 6.0)),
        Metric("humidity", "%", 0, 100, 78.0, 2.0, 0.9, 1, daily=2.0, load=0.5, shared=0.3),
        Metric("evaporator_temperature", "Cel", -60, 40, -8.0, 0.8, 0.3, 2, daily=0.5, load=-0.6),
        Metric("door", "1", 0, 1, 0.0, 0.0, 0.0, 0, shape="door"),
        Metric("compressor", "1", 0, 1, 0.0, 0.0, 0.0, 0, shape="compressor"),
    ),
)

WEATHER = Profile(
    "weather",
    (
        Metric("temperature", "Cel", -60, 60, 12.0, 1.5, 0.15, 2, daily=4.0, shared=0.2),
        Metric("humidity", "%", 0, 100, 62.0, 3.0, 0.8, 1, daily=-8.0, shared=-0.2),
        Metric("pressure", "hPa", 850, 1100, 1013.0, 3.0, 0.12, 2, daily=0.8, weekly=4.0),
        Metric("wind_speed", "m/s", 0, 75, 7.5, 0.6, 0.6, 2, daily=1.0, load=0.5, alarm=(25.0, 20.0)),
        Metric("dew_point", "Cel", -60, 40, 5.0, 1.0, 0.12, 2, daily=1.0, weekly=1.0, shared=0.2),
    ),
)

METER = Profile(
    "meter",
    (
        Metric("voltage", "V", 0, 500, 231.0, 0.8, 0.5, 2, daily=-1.0, load=-0.5, shared=-0.3, alarm=(253.0, 250.0)),
        Metric("current", "A", 0, 200, 32.0, 3.0, 0.9, 2, daily=5.0, weekly=2.0, load=0.8, shared=0.8),
        Metric("power", "kW", 0, 60, 7.2, 0.6, 0.22, 3, daily=1.2, weekly=0.5, load=0.8, shared=0.8),
        Metric("frequency", "Hz", 45, 55, 50.0, 0.0, 0.012, 3, shared=-0.2),
        Metric("power_factor", "1", 0, 1, 0.9, 0.008, 0.006, 4, daily=0.005, load=0.4),
    ),
)

VEHICLE = Profile(
    "vehicle",
    (
        Metric("lat", "deg", -90, 90, 51.9, 0.15, 0.0, 6, shape="latitude"),
        Metric("lon", "deg", -180, 180, 4.5, 0.25, 0.0, 6, shape="longitude"),
        Metric("speed", "km/h", 0, 250, 0.0, 0.0, 1.0, 1, shape="ground_speed"),
        Metric("engine_temperature", "Cel", -40, 160, 88.0, 1.5, 0.6, 2, daily=1.5, load=0.7, alarm=(110.0, 104.0)),
        Metric("fuel", "%", 0, 100, 0.0, 0.0, 0.3, 1, shape="tank"),
        Metric("oil_pressure", "bar", 0, 12, 3.4, 0.2, 0.06, 2, daily=-0.1, load=0.6, shared=0.3),
        Metric("battery_voltage", "V", 0, 32, 13.9, 0.1, 0.04, 3, load=-0.4, shared=0.3),
    ),
)

PROFILES: dict[str, Profile] = {p.name: p for p in (COLD_ROOM, PUMP, METER, WEATHER, VEHICLE)}


def sized(profile: Profile, count: int) -> tuple[Metric, ...]:
    """`count` metrics of a profile (0: its own set); what it lacks is filled up with `channel_NN` in per cent."""
    own = profile.metrics
    if count == 0:
        return own
    more = (
        Metric(f"channel_{i:02d}", "%", 0, 100, 50.0, 5.0, 1.0, 2, daily=4.0, load=0.5)
        for i in range(len(own) + 1, count + 1)
    )
    return (*own[:count], *more)
