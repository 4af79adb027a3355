"""The distribution of a latency as a picture: how many took longer than so many ms, both axes logarithmic, so that the
tail is seen. Used by servers_rate.py."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 400, 76, 24, 48, 52
TICKS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000)
SHARES = (1.0, 0.5, 0.1, 0.01, 0.001)
STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#333}.grid{stroke:#ddd}.line{fill:none;stroke:#0a6;stroke-width:2.5}"
    ".asked{stroke:#c33;stroke-dasharray:5 4;stroke-width:1.5}.title{font-weight:600;font-size:15px}"
)


class Axes:
    """From ms and shares to places."""

    def __init__(self, took: Sequence[float], asked: float) -> None:
        low, high = max(min(took), 0.5), max(*took, asked)
        self.low = max(tick for tick in TICKS if tick <= low) if low >= 1 else 1
        self.high = next((tick for tick in TICKS if tick >= high), TICKS[-1])
        self.least = 10.0 ** np.floor(np.log10(1 / len(took)))

    def x(self, ms: float) -> float:
        """Of a latency."""
        span = np.log10(self.high / self.low)
        return float(LEFT + (WIDTH - LEFT - RIGHT) * np.log10(max(ms, self.low) / self.low) / span)

    def y(self, share: float) -> float:
        """Of the part that took longer."""
        return float(TOP + (HEIGHT - TOP - BOTTOM) * np.log10(share) / np.log10(self.least))


def picture(path: Path, took: Sequence[float], asked: float, title: str) -> None:
    """Writes an SVG. took: ms. asked: the limit of p99, drawn as a line."""
    axes = Axes(took, asked)
    body = "".join([*_grid(axes), *_asked(axes, asked), _curve(axes, took)])
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{title}">'
    named = f'<text class="title" x="{LEFT}" y="26">{title}</text>'
    path.write_text(f'{head}<style>{STYLE}</style><rect width="100%" height="100%" fill="#fff"/>{named}{body}</svg>\n')


def _grid(axes: Axes) -> Iterator[str]:
    for tick in TICKS:
        if axes.low <= tick <= axes.high:
            x = axes.x(tick)
            yield f'<path class="grid" d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}"/>'
            yield f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{tick}</text>'
    for share in SHARES:
        if share >= axes.least:
            y = axes.y(share)
            yield f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>'
            yield f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{share * 100:g} %</text>'
    yield f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 10}" text-anchor="middle">took longer than, ms</text>'


def _asked(axes: Axes, asked: float) -> Iterator[str]:
    x, y = axes.x(asked), axes.y(0.01)
    yield f'<path class="asked" d="M{x:.1f} {TOP}V{y:.1f}H{LEFT}"/>'
    yield f'<text x="{x - 6:.1f}" y="{TOP + 14}" text-anchor="end" fill="#c33">asked of 99 %: {asked:g} ms</text>'


def _curve(axes: Axes, took: Sequence[float]) -> str:
    ordered = np.sort(np.asarray(took))
    shares = 1 - np.arange(len(ordered)) / len(ordered)
    points = [
        f"{axes.x(ms):.1f} {axes.y(share):.1f}" for ms, share in zip(ordered.tolist(), shares.tolist(), strict=True)
    ]
    return f'<path class="line" d="M{"L".join(points)}"/>'
