"""The log and the stores of a process, opened as its settings name them. Used by app.py alone.

A pod opens what its functions need. The data folder is taken only where something in it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from datetime import timedelta

from pydantic import SecretStr

from events.local import LocalLog
from events.log import HostedLog
from functions.settings import Settings
from stores.folder import Folder
from stores.open import Urls, open_documents, open_objects, open_series
from stores.ports import Series
from stores.states import StoredCheckpoints

LOCAL = "local:"


class Engines:
    """Unusable: one line with the setting and the cure. local: the log, if it is in this process; series: only where
    one was asked for."""

    def __init__(self, settings: Settings, uses: Collection[str]) -> None:
        """uses: `series`, `mqtt`, as far as this process needs them."""
        urls = urls_of(settings)
        with ExitStack() as opened:
            if _in_folder(settings, uses):
                opened.enter_context(Folder(settings.data))
            self.documents = open_documents(urls.documents, _told(settings.documents_password))
            opened.callback(self.documents.close)
            self.objects = open_objects(urls.objects, _told(settings.objects_secret))
            self.series: Series | None = _series(settings, urls) if "series" in uses else None
            if self.series is not None:
                opened.callback(self.series.close)
            self.log = open_log(settings)
            opened.callback(self.log.close)
            self._opened = opened.pop_all()
        self.local = self.log if isinstance(self.log, LocalLog) else None

    def checkpoints(self) -> StoredCheckpoints:
        """For one owner of shards: each loop takes its own."""
        return StoredCheckpoints(self.objects, self.documents)

    def close(self) -> None:
        """Closes all, the log first."""
        self._opened.close()


def urls_of(settings: Settings) -> Urls:
    """Where the stores are."""
    embedded = Urls.embedded(settings.data)
    return Urls(
        settings.series or embedded.series, settings.documents or embedded.documents,
        settings.objects or embedded.objects,
    )  # fmt: skip


def _series(settings: Settings, urls: Urls) -> Series:
    keep = {"raw": timedelta(days=settings.keep_raw), "1m": timedelta(days=settings.keep_minutes)}
    return open_series(urls.series, _told(settings.series_token), keep)


def _told(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret is not None else None


def open_log(settings: Settings) -> HostedLog:
    """The log that TIDINGS_LOG names. Unusable: why not, and the cure."""
    if settings.log == LOCAL:
        return LocalLog(settings.data / "log", settings.shards)
    from events.kafka import KafkaLog, KafkaOptions, servers_of

    told = settings.kafka.model_dump()
    told["password"] = settings.kafka.password.get_secret_value() if settings.kafka.password else None
    return KafkaLog(KafkaOptions(servers_of(settings.log), **told), settings.shards)


@contextmanager
def opened_log(settings: Settings) -> Iterator[HostedLog]:
    """The log alone; its folder is taken if it has one."""
    with Folder(settings.data) if settings.log == LOCAL else nullcontext():
        log = open_log(settings)
        try:
            yield log
        finally:
            log.close()


def _in_folder(settings: Settings, uses: Collection[str]) -> bool:
    kept = [settings.log if settings.log != LOCAL else None, settings.documents, settings.objects]
    kept += [settings.series] if "series" in uses else []
    kept += [settings.mqtt] if "mqtt" in uses else []
    return not all(kept)
