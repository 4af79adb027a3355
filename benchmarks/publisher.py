"""A publisher that costs little, so that the edge is measured and not it: MQTT 3.1.1 with QoS 1 by hand, packets of one
moment in one write. Run by edge.py: `python -m benchmarks.publisher PORT RATE SECONDS DEVICES`."""

from __future__ import annotations

import socket
import sys
import time

from benchmarks.edge import body

CONNECT = b"\x10\x11\x00\x04MQTT\x04\x02\x00\x3c\x00\x05bench"
STEP = 0.004
"""Seconds between two writes."""


def packet(topic: bytes, message: int, payload: bytes) -> bytes:
    """A PUBLISH with QoS 1 (MQTT 3.1.1, section 3.3)."""
    rest = len(topic).to_bytes(2, "big") + topic + message.to_bytes(2, "big") + payload
    size, length = len(rest), bytearray()
    while True:
        size, digit = divmod(size, 128)
        length.append(digit | (0x80 if size else 0))
        if not size:
            return b"\x32" + bytes(length) + rest


def main(port: int, rate: int, seconds: int, devices: int) -> None:
    """Sends rate × seconds messages, each due at its moment, and waits until all are acknowledged."""
    with socket.create_connection(("127.0.0.1", port)) as broker:
        broker.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        broker.sendall(CONNECT)
        broker.recv(4)
        start, sent, acknowledged, total = time.time(), 0, 0, rate * seconds
        broker.settimeout(STEP)
        while acknowledged < 4 * total:
            due = min(total, int((time.time() - start) * rate))
            moment = range(sent, due)
            broker.sendall(b"".join(packet(
                b"tidings/main/pump-%05d/telemetry" % (i % devices), i % 65535 + 1, body(start + i / rate)
            ) for i in moment))  # fmt: skip
            sent = max(sent, due)
            try:
                acknowledged += len(broker.recv(65536))
            except TimeoutError:
                continue
            time.sleep(STEP)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
