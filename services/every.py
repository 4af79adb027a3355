"""The servers by name, in the order they are started."""

from __future__ import annotations

from services.influx import Influx
from services.kafka import Kafka
from services.mongo import Mongo
from services.mosquitto import Mosquitto
from services.s3 import S3
from services.server import Server

SERVERS: dict[str, type[Server]] = {server.name: server for server in (Kafka, Influx, Mongo, Mosquitto, S3)}
