"""A plain consumer of Kafka that knows nothing of the platform but the topic `alert`: `python -m
benchmarks.servers_listen`, a process that servers_rate.py starts.

Says when it listens, and of every alert that is raised when it came: CloudEvents in binary mode are read by their
headers alone.
"""

from __future__ import annotations

import argparse
import time

import orjson
from kafka import KafkaConsumer, TopicPartition


def main(port: int, rule: str) -> None:
    """Until it is ended. `took`: ms from the time of the reading that broke the rule."""
    consumer = KafkaConsumer(bootstrap_servers=f"127.0.0.1:{port}", enable_auto_commit=False, fetch_max_wait_ms=500)
    places = [TopicPartition("alert", part) for part in sorted(consumer.partitions_for_topic("alert") or ())]
    consumer.assign(places)
    consumer.seek_to_end(*places)
    for place in places:
        consumer.position(place)
    print(orjson.dumps({"partitions": len(places)}).decode(), flush=True)
    while True:
        for records in consumer.poll(1000).values():
            now = time.time()
            for record in records:
                if dict(record.headers)["ce_type"] == b"io.tidings.alert.raised":
                    alert = orjson.loads(record.value)
                    if alert["rule"] == rule:
                        took = now * 1000 - alert["raised_at"] / 1000
                        print(orjson.dumps({"id": alert["id"], "took": took}).decode(), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.servers_listen")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--rule", required=True)
    main(**vars(parser.parse_args()))
