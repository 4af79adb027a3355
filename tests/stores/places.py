"""Where on a server a test keeps its things, apart from those of all others. Used by conftest.py."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

from stores.documents_mongo import MongoDocuments
from stores.documents_mongo_open import open_mongo


def mongo(url: str, database: str) -> MongoDocuments:
    """A database of its own; removed at the close."""
    return open_mongo(urlunsplit(urlsplit(url)._replace(path=f"/{database}")))
