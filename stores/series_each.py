"""One series and several: a store that is asked for either answers the other too. Used by series_duckdb.py, which has
one at a time, and by series_influx.py, where several are one question."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from stores.ports import Names, Points, Width


class _One(Protocol):
    def raw(self, tenant: str, device: str, metric: str, start: int, stop: int, limit: int) -> Points: ...

    def buckets(self, tenant: str, device: str, metric: str, start: int, stop: int, step: int) -> Points: ...

    def rolled(
        self, tenant: str, device: str, metric: str, width: Width, start: int, stop: int, step: int
    ) -> Points: ...


class _Several(Protocol):
    def each_raw(self, tenant: str, names: Names, start: int, stop: int, limit: int) -> Sequence[Points]: ...

    def each_buckets(self, tenant: str, names: Names, start: int, stop: int, step: int) -> Sequence[Points]: ...

    def each_rolled(
        self, tenant: str, names: Names, width: Width, start: int, stop: int, step: int
    ) -> Sequence[Points]: ...


class OneByOne:
    """Answers for several series with as many questions."""

    def each_raw(
        self: _One, tenant: str, names: Names, start: int, stop: int, limit: int
    ) -> Sequence[Points]:  # fmt: skip
        """As `raw`, for each."""
        return [self.raw(tenant, *name, start, stop, limit) for name in names]

    def each_buckets(
        self: _One, tenant: str, names: Names, start: int, stop: int, step: int
    ) -> Sequence[Points]:  # fmt: skip
        """As `buckets`, for each."""
        return [self.buckets(tenant, *name, start, stop, step) for name in names]

    def each_rolled(
        self: _One, tenant: str, names: Names, width: Width, start: int, stop: int, step: int
    ) -> Sequence[Points]:
        """As `rolled`, for each."""
        return [self.rolled(tenant, *name, width, start, stop, step) for name in names]


class Together:
    """Answers for one series as for several."""

    def raw(self: _Several, tenant: str, device: str, metric: str, start: int, stop: int, limit: int) -> Points:
        """The first `limit + 1` numbers."""
        return self.each_raw(tenant, [(device, metric)], start, stop, limit)[0]

    def buckets(self: _Several, tenant: str, device: str, metric: str, start: int, stop: int, step: int) -> Points:
        """Raw rows drawn together into buckets of `step` µs."""
        return self.each_buckets(tenant, [(device, metric)], start, stop, step)[0]

    def rolled(
        self: _Several, tenant: str, device: str, metric: str, width: Width, start: int, stop: int, step: int
    ) -> Points:
        """Rollups drawn together into buckets of `step` µs."""
        return self.each_rolled(tenant, [(device, metric)], width, start, stop, step)[0]
