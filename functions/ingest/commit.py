"""Puts the payloads of many requests into the log with one flush. Used by http.py; app.py runs it in a thread."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import Future
from typing import NamedTuple

from events.gather import Cut, Gather
from events.handler import Retry
from events.payloads import Payload
from functions.ingest.handler import Outcome
from functions.ingest.intake import Intake


class _Request(NamedTuple):
    tenant: str
    payload: Payload
    done: Future[Outcome]


class Commit:
    """`submit` from any thread; `run` in one of its own."""

    def __init__(self, intake: Intake, cut: Cut | None = None) -> None:
        self._intake = intake
        self._gather: Gather[_Request] = Gather(cut or Cut())

    def submit(self, tenant: str, payload: Payload) -> Future[Outcome]:
        """What became of a payload, once that is durable. Retry if the platform is ending."""
        request = _Request(tenant, payload, Future())
        request.done.set_running_or_notify_cancel()  # a sender that goes away takes nothing back
        if not self._gather.put(request, len(payload.body)):
            request.done.set_exception(Retry("the platform is ending"))
        return request.done

    def run(self) -> None:
        """Returns when stopped and all is answered; raises what went wrong in the log, after telling those who wait."""
        while group := self._gather.take():
            try:
                answers = self._commit(group)
            except BaseException as error:
                self._gather.close()
                for request in [*group, *self._rest()]:
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
