"""Refusals of the web APIs as problem+json (RFC 9457), one for every route. Raised by the APIs, installed by app.py."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from events.definition_check import Fault, Unfit
from events.handler import Retry
from stores.ports import Conflict

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """What is wrong with a request. detail: one line with the cure; faults: fields and what is wrong with each."""

    def __init__(self, status: int, detail: str, faults: Sequence[Fault] = ()) -> None:
        super().__init__(detail)
        self.status, self.detail, self.faults = status, detail, faults

    def answer(self) -> Response:
        """As a response."""
        body: dict[str, Any] = {
            "type": "about:blank", "title": HTTPStatus(self.status).phrase, "status": self.status,
            "detail": self.detail, "errors": [fault._asdict() for fault in self.faults],
        }  # fmt: skip
        return Response(orjson.dumps(body), self.status, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Makes every refusal of an app a problem."""

    @app.exception_handler(Problem)
    def refused(_: Request, problem: Problem) -> Response:
        return problem.answer()

    @app.exception_handler(Unfit)
    def unfit(_: Request, error: Unfit) -> Response:
        return Problem(422, f"this is not a {error.kind}", error.faults).answer()

    @app.exception_handler(Conflict)
    def conflict(_: Request, error: Conflict) -> Response:
        return Problem(412, str(error)).answer()

    @app.exception_handler(Retry)
    def away(_: Request, error: Retry) -> Response:
        response = Problem(503, str(error)).answer()
        response.headers["retry-after"] = str(max(1, round(error.after)))
        return response

    @app.exception_handler(RequestValidationError)
    def invalid(_: Request, error: RequestValidationError) -> Response:
        return Problem(400, "a parameter is wrong or missing", [_fault(one) for one in error.errors()]).answer()

    @app.exception_handler(Exception)
    def broken(request: Request, error: Exception) -> Response:
        return Problem(500, f"{type(error).__name__} at {request.url.path}: the platform's log says more").answer()

    @app.exception_handler(HTTPException)
    def other(_: Request, error: HTTPException) -> Response:
        response = Problem(error.status_code, str(error.detail)).answer()
        response.headers.update(error.headers or {})
        return response


def _fault(error: Any) -> Fault:
    return Fault(".".join(str(part) for part in error["loc"][1:]), str(error["msg"]))
