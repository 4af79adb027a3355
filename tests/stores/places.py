"""Where on a server a test keeps its things, apart from those of all others. Used by conftest.py."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

from stores.documents_mongo import MongoDocuments
from stores.documents_mongo_open import open_mongo
from stores.objects_s3 import BucketObjects, open_s3
from stores.series_influx import InfluxSeries
from stores.series_influx_open import open_influx


def mongo(url: str, database: str) -> MongoDocuments:
    """A database of its own."""
    return open_mongo(urlunsplit(urlsplit(url)._replace(path=f"/{database}")))


def s3(url: str, prefix: str) -> BucketObjects:
    """Names of its own in the bucket."""
    parts = urlsplit(url)
    return open_s3(urlunsplit(parts._replace(path=f"{parts.path}/{prefix}")))


def influx(url: str, prefix: str) -> InfluxSeries:
    """Buckets of its own."""
    return open_influx(urlunsplit(urlsplit(url)._replace(query=f"prefix={prefix}_")))
