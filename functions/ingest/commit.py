"""Puts the payloads of many requests into the log with one flush. Used by http.py; app.py runs it in a thread.

A log that is away lets its writers wait. A request is told so once it has waited for `patience`, or at once where those
before it have: it takes itself back, unless it is being written. What is being written may be kept though its sender
was told 503; sent again, a reading that has a time is the same reading.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import Future
from typing import NamedTuple

from events.gather import Cut, Gather
from events.handler import Retry
from events.payloads import Payload
from functions.ingest.handler import Outcome
from functions.ingest.intake import Intake

PATIENCE = 4.0
"""Seconds: most senders wait for ten or more, and a Kafka that elects new leaders is back in less."""

AGAIN = 5.0
"""Seconds after which a sender should try again."""


class _Request(NamedTuple):
    tenant: str
    payload: Payload
    done: Future[Outcome]


class Commit:
    """`submit` from any thread; `run` in one of its own. patience: seconds that a request waits for the log."""

    def __init__(self, intake: Intake, cut: Cut | None = None, patience: float = PATIENCE) -> None:
        self._intake, self.patience = intake, patience
        self._since: float | None = None
        self._gather: Gather[_Request] = Gather(cut or Cut())

    def submit(self, tenant: str, payload: Payload) -> Future[Outcome]:
        """What became of a payload, once that is durable; cancelled, it is taken back unless it is being written. Retry
        if the log is away or the platform is ending."""
        request = _Request(tenant, payload, Future())
        since = self._since
        if since is not None and time.monotonic() - since > self.patience:
            request.done.set_exception(self.away())
        elif not self._gather.put(request, len(payload.body)):
            request.done.set_exception(Retry("the platform is ending"))
        return request.done

    def away(self) -> Retry:
        """What a request is told that has waited for too long."""
        return Retry(f"the log has taken nothing for {self.patience:g} s: send this again, with its times", AGAIN)

    def run(self) -> None:
        """Returns when stopped and all is answered; raises what went wrong in the log, after telling those who wait."""
        while taken := self._gather.take():
            group = _begun(taken)
            try:
                self._since = time.monotonic()
                answers = self._commit(group)
                self._since = None
            except BaseException as error:
                self._gather.close()
                for request in [*group, *_begun(self._rest())]:
                    request.done.set_exception(Retry(f"the log is broken: {error}"))
                raise
            for request, outcome in answers:
                request.done.set_result(outcome)

    def stop(self) -> None:
        """Ends `run`."""
        self._gather.close()

    def _commit(self, group: Sequence[_Request]) -> list[tuple[_Request, Outcome]]:
        tenants: dict[str, list[_Request]] = defaultdict(list)
        for request in group:
            tenants[request.tenant].append(request)
        answers: list[tuple[_Request, Outcome]] = []
        for tenant, requests in tenants.items():
            outcomes = self._intake.take(tenant, [request.payload for request in requests])
            answers += zip(requests, outcomes, strict=True)
        self._intake.flush()
        return answers

    def _rest(self) -> list[_Request]:
        rest: list[_Request] = []
        while group := self._gather.take():
            rest += group
        return rest


def _begun(requests: Sequence[_Request]) -> list[_Request]:
    """Those that nobody has taken back; from now on nobody can."""
    return [request for request in requests if request.done.set_running_or_notify_cancel()]
