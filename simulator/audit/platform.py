"""The platform as its API shows it: pages, and one kind of error when it does not answer. Used by all parts of the
auditor.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import orjson

PAGE = 10_000


class Away(Exception):
    """The API does not answer, or not as it should: one line with the address and the reason."""


class Platform:
    """A client of `/api/v1` at `url`."""

    def __init__(self, url: str, tenant: str = "main", token: str = "") -> None:
        headers = {"Tidings-Tenant": tenant} | ({"Authorization": f"Bearer {token}"} if token else {})
        self.url = f"{url.rstrip('/')}/api/v1"
        self._client = httpx.Client(headers=headers, timeout=60, verify=url.startswith("https"))

    def get(self, path: str, **parameters: object) -> Any:
        """The decoded answer; Away for none, an error or what is not JSON."""
        return self._answer(path, parameters)[1]

    def may(self, path: str, **parameters: object) -> Any | None:
        """As get, but None where the API refuses the request (4xx): for what it may not support or know."""
        status, answer = self._answer(path, parameters, refused=True)
        return None if status >= 400 else answer

    def items(self, path: str, **parameters: object) -> Iterator[dict[str, Any]]:
        """Every item of a list, page by page."""
        cursor: object = None
        while True:
            page = self.get(path, **parameters, **({"cursor": cursor} if cursor else {}))
            yield from page["items"]
            cursor = page.get("next")
            if not cursor:
                return

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _answer(self, path: str, parameters: dict[str, object], refused: bool = False) -> tuple[int, Any]:
        try:
            answer = self._client.get(f"{self.url}/{path}", params={k: str(v) for k, v in parameters.items()})
            if not (refused and 400 <= answer.status_code < 500):
                answer.raise_for_status()
            return answer.status_code, orjson.loads(answer.content)
        except (httpx.HTTPError, ValueError) as error:
            raise Away(f"{self.url}/{path}: {error}") from None
