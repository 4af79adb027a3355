"""Something that each server is given, and whether it still has it. Used by test_servers.py."""

from __future__ import annotations

import http.client
from collections.abc import Callable
from urllib.parse import urlsplit

import pyarrow.fs
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic
from paho.mqtt import publish
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from pymongo import MongoClient

from services.process import eventually

HELD = b"kept"


def _kafka_write(url: str) -> None:
    server = urlsplit(url).netloc
    admin = KafkaAdminClient(bootstrap_servers=server)
    admin.create_topics([NewTopic("kept", 1, 1)])
    admin.close()
    producer = KafkaProducer(bootstrap_servers=server, acks="all")
    producer.send("kept", HELD).get(10)
    producer.close()


def _kafka_read(url: str) -> bool:
    consumer = KafkaConsumer(bootstrap_servers=urlsplit(url).netloc, auto_offset_reset="earliest")
    try:
        consumer.assign([TopicPartition("kept", 0)])
        consumer.seek_to_beginning()
        return [record.value for records in consumer.poll(5000).values() for record in records] == [HELD]
    finally:
        consumer.close()


def _influx(url: str, path: str, body: bytes, kind: str) -> bytes:
    server = urlsplit(url)
    connection = http.client.HTTPConnection(str(server.hostname), server.port or 0, timeout=10)
    try:
        connection.request("POST", path, body, {"Authorization": f"Token {server.username}", "Content-Type": kind})
        answer = connection.getresponse()
        assert answer.status < 300, answer.read()
        return answer.read()
    finally:
        connection.close()


def _influx_write(url: str) -> None:
    _influx(url, "/api/v2/write?org=tidings&bucket=first", b"kept value=42", "text/plain")


def _influx_read(url: str) -> bool:
    query = b'from(bucket: "first") |> range(start: -1h) |> keep(columns: ["_value"])'
    return b"42" in _influx(url, "/api/v2/query?org=tidings", query, "application/vnd.flux")


def _mongo_write(url: str) -> None:
    with MongoClient[dict[str, bytes]](url) as client:
        client.tidings.kept.insert_one({"value": HELD})


def _mongo_read(url: str) -> bool:
    with MongoClient[dict[str, bytes]](url) as client:
        return [document["value"] for document in client.tidings.kept.find()] == [HELD]


def _bucket(url: str) -> tuple[pyarrow.fs.S3FileSystem, str]:
    server = urlsplit(url)
    files = pyarrow.fs.S3FileSystem(
        access_key=server.username, secret_key=server.password, scheme="http", region="us-east-1",
        endpoint_override=f"{server.hostname}:{server.port}",
    )  # fmt: skip
    return files, server.path.strip("/")


def _s3_write(url: str) -> None:
    files, bucket = _bucket(url)
    with files.open_output_stream(f"{bucket}/a/kept") as stream:
        stream.write(HELD)


def _s3_read(url: str) -> bool:
    files, bucket = _bucket(url)
    with files.open_input_stream(f"{bucket}/a/kept") as stream:
        return bool(stream.read() == HELD)


def _mosquitto_write(url: str) -> None:
    server = urlsplit(url)
    publish.single("kept", HELD, 1, retain=True, hostname=str(server.hostname), port=server.port or 0)


def _mosquitto_read(url: str) -> bool:
    server, found = urlsplit(url), list[bytes]()
    client = Client(CallbackAPIVersion.VERSION2)
    client.on_message = lambda *given: found.append(given[-1].payload)
    client.connect(str(server.hostname), server.port or 0)
    client.loop_start()
    assert eventually(client.is_connected, 5.0)
    client.subscribe("kept", 1)
    eventually(lambda: bool(found), 5.0)
    client.disconnect()
    client.loop_stop()
    return found == [HELD]


CONTENTS: dict[str, tuple[Callable[[str], None], Callable[[str], bool]]] = {
    "kafka": (_kafka_write, _kafka_read),
    "influx": (_influx_write, _influx_read),
    "mongo": (_mongo_write, _mongo_read),
    "s3": (_s3_write, _s3_read),
    "mosquitto": (_mosquitto_write, _mosquitto_read),
}
