"""A loop in a process of its own, for test_kafka_streams.py to stop and let go on: `python -m tests.events.sleeper URL
PREFIX FOLDER`. Prints what shards it has and what is wrong with them, whenever that changes."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from signal import SIGTERM, signal
from threading import Event as Flag

from events.kafka import KafkaLog, KafkaOptions, servers_of
from events.pace import Pace
from events.stream import Stream
from stores.open import Urls, open_documents, open_objects
from stores.states import StoredCheckpoints
from tests.events.counting import counting
from tests.events.logs import SHARDS

SELDOM = Pace(1.0, 1.0, 1.0)


def main(url: str, prefix: str, folder: str) -> None:
    log = KafkaLog(KafkaOptions(servers_of(url), prefix=prefix, days=1.0), SHARDS)
    urls, stop, seen = Urls.embedded(Path(folder)), Flag(), list[float]()
    documents = open_documents(urls.documents)
    checkpoints = StoredCheckpoints(open_objects(urls.objects), documents)
    stream = Stream("test", [counting(seen)], frozenset(), log, checkpoints, lambda shard: (), SELDOM)
    signal(SIGTERM, lambda *_: stop.set())
    loop = threading.Thread(target=stream.run, args=(stop,))
    loop.start()
    told = ""
    while loop.is_alive():
        loop.join(0.05)
        now = f"seen {len(seen)} trouble {sorted(stream.trouble.values())}"
        if now != told:
            print(now, flush=True)
            told = now
    log.close()
    documents.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
