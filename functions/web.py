"""The web server of a process: the API, the live channel and the page, on one port. Made by app.py."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from hmac import compare_digest
from pathlib import Path
from typing import Any

import socketio
import uvicorn
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.staticfiles import StaticFiles
from fastapi_offline import FastAPIOffline
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from functions import problem
from functions.health import VERSION, Health
from functions.live.server import Live

API = "/api/v1"
PAGE = Path(__file__).parent.parent / "web" / "dist"
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "connect-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
)
DOCS, SCHEMA = "/api/docs", "/api/openapi.json"
"""They hold no data and need no token; neither does anything that is not under /api or /events."""

Next = Callable[[Request], Awaitable[Response]]


def application(
    routers: Sequence[tuple[str, APIRouter]], live: Live, health: Health, registry: CollectorRegistry, token: str | None
) -> Any:
    """The ASGI application. routers: with the prefix of each."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        beat = asyncio.create_task(live.beat())
        yield
        beat.cancel()

    app = FastAPIOffline(
        title="Tidings", version=VERSION, docs_url=DOCS, redoc_url=None, openapi_url=SCHEMA, static_url="/docs-static",
        lifespan=lifespan,
    )  # fmt: skip
    problem.install(app)
    for prefix, router in routers:
        app.include_router(router, prefix=prefix)
    app.include_router(_probes(health, registry))
    if PAGE.is_dir():
        app.mount("/", StaticFiles(directory=PAGE, html=True))
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=4)
    _guard(app, token)
    return socketio.ASGIApp(live.socket, app)


def _probes(health: Health, registry: CollectorRegistry) -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    @routes.get("/healthz")
    def alive() -> dict[str, str]:
        return {"status": "alive"}

    @routes.get("/readyz")
    def ready(response: Response) -> Any:
        said = health.health()
        response.status_code = 200 if said["ok"] else 503
        return said

    @routes.get("/metrics")
    def metrics() -> Response:
        shown = generate_latest(registry) + generate_latest()
        return Response(shown, media_type=CONTENT_TYPE_LATEST)

    return routes


def _guard(app: FastAPI, token: str | None) -> None:
    """Checks the token, and sends what keeps a page from running what is not its own."""

    @app.middleware("http")
    async def guard(request: Request, call_next: Next) -> Response:
        path = request.url.path
        guarded = path.startswith(("/api/", "/events")) and path not in (DOCS, SCHEMA)
        if token is not None and guarded and not _shown(request, token):
            return problem.Problem(401, "a token is needed: Authorization: Bearer <what was given to --token>").answer()
        response = await call_next(request)
        if path != DOCS:
            response.headers["Content-Security-Policy"] = POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cache-Control"] = response.headers.get("Cache-Control", _caching(path))
        return response


def _caching(path: str) -> str:
    return "public, max-age=31536000, immutable" if path.startswith("/assets/") else "no-cache"


def _shown(request: Request, token: str) -> bool:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    return scheme.lower() == "bearer" and compare_digest(given.encode(), token.encode())


def bound(listen: str, port: int) -> socket.socket:
    """A socket that listens. OSError: one line with the cure."""
    try:
        return socket.create_server((listen, port), family=socket.AF_INET6 if ":" in listen else socket.AF_INET)
    except OSError as error:
        cure = "end what uses it, or choose another port (0: a free one)"
        raise OSError(f"port {port} of {listen} cannot be had ({os.strerror(error.errno or 0)}): {cure}") from error


class Server:
    """uvicorn in a thread, on a socket that listens already (`bound`)."""

    def __init__(self, app: Any, listening: socket.socket) -> None:
        config = uvicorn.Config(app, log_level="warning", access_log=False, lifespan="on")
        self._server = uvicorn.Server(config)
        self._socket = listening
        self.port: int = self._socket.getsockname()[1]

    def run(self) -> None:
        """Serves until `stop`."""
        asyncio.run(self._server.serve(sockets=[self._socket]))

    def stop(self) -> None:
        """Asks it to end; requests under way are answered."""
        self._server.should_exit = True
