"""`python -m simulator run`: devices send by their schedule until the time is up or someone stops them."""

from __future__ import annotations

import argparse
import os
import signal
import threading
import time
from collections.abc import Iterable, Iterator
from itertools import count
from types import FrameType

import orjson

from simulator.awkward import awkwardly
from simulator.books import Readings, Truth
from simulator.clock import Clock
from simulator.faults import KINDS, Plan, Wishes
from simulator.fleet import build
from simulator.messages import Message
from simulator.opening import sender_for, start_of
from simulator.replay import recorded, replayed
from simulator.schedule import Schedule
from simulator.signals import Signals

GRAIN = 0.002  # s: messages due within it are handed over together
LEAD = 0.3  # s
PATIENCE = 5.0  # s
MOST = 256  # of them, so that acknowledgements are read even when the schedule runs ahead


class Run:
    """One run, from its options to its summary."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.fleet = build(list(options.profiles), options.devices, options.metrics, options.interval, options.seed)
        self.readings = Readings(options.readings, options.append)
        self.truth = Truth(options.truth, options.append, self.fleet)
        self.sender = sender_for(options, self.fleet.ids, self.readings.enter)
        self.stopped = False
        self._connect()
        lead = LEAD + options.devices / 10_000  # to draw the faults, before the first message is due
        self.clock = Clock(start_of(options.start, lead), options.speed, time.monotonic() + lead)

    def stop(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        """Send nothing more; what is in flight is still waited for."""
        self.stopped = True

    def _connect(self) -> None:
        """Before the clock starts, so that the first messages are on time; but not for ever."""
        until = time.monotonic() + PATIENCE + self.options.devices / 100
        while not self.sender.ready() and time.monotonic() < until:
            self.sender.serve(time.monotonic() + 0.02)

    def messages(self) -> Iterable[Message]:
        """What the options ask for, in the order of due moments."""
        options = self.options
        if options.replay:
            return replayed(options.replay)
        schedule = Schedule(Signals(self.fleet), Plan(self.fleet, self._wishes()), self.clock.start, self.truth.begun)
        messages: Iterator[Message] = schedule.messages(options.duration)
        if options.awkward:
            messages = awkwardly(messages, options.awkward, self.fleet)
        return recorded(messages, options.record) if options.record else messages

    def send(self) -> None:
        """The open loop: every message at its moment, however late its predecessors were."""
        batch: list[Message] = []
        order = count(time.time_ns() // 1_000_000)
        flushed = time.monotonic()
        for message in self.messages():
            message.moment = self.clock.moment(message.due)
            while not self.stopped and (len(batch) >= MOST or message.moment > time.monotonic()):
                self.sender.offer(batch)
                batch = []
                now = time.monotonic()
                self.sender.serve(min(now + 0.1, max(message.moment, now + GRAIN)))
            if self.stopped:
                break
            message.order = next(order)
            batch.append(message)
            if time.monotonic() > flushed + 1:
                flushed = time.monotonic()
                self.readings.flush()
        self.sender.offer(batch)

    def drain(self) -> int:
        """Wait, at most as long as told, for what is in flight. How many messages were not acknowledged."""
        until = time.monotonic() + self.options.drain
        while self.sender.waiting() and time.monotonic() < until:
            self.sender.serve(time.monotonic() + 0.05)
        left = self.sender.waiting()
        self.sender.close()
        for message in left:
            self.readings.enter(message)
        self.readings.close()
        self.truth.close()
        return len(left) + self.sender.tally.refused + self.sender.tally.dropped

    def _wishes(self) -> Wishes:
        options = self.options
        start, whole = self.clock.start, options.duration or 3000.0
        warmup = min(1800.0, whole / 10) if options.warmup is None else options.warmup
        first = warmup if options.first_fault is None and 0 < options.duration <= 3600 else options.first_fault
        kinds = options.faults or (KINDS if options.first_fault is not None else ())
        return Wishes(kinds, options.fault_rate, start + warmup, None if first is None else start + first)


def run(options: argparse.Namespace) -> int:
    """Send, wait for the answers, tell. 0 if every message was acknowledged."""
    it = Run(options)
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, it.stop)
    if options.until_eof:
        threading.Thread(target=_outlived, args=(it,), daemon=True).start()
    began = time.process_time()
    it.send()
    open_ends = it.drain()
    tally = it.sender.tally
    cpu = time.process_time() - began
    summary = tally.summary() | {"messages_s": round(tally.sent / (time.monotonic() - it.clock.origin), 1)}
    summary["not_acked"] = open_ends
    summary["cpu_us_message"] = round(cpu / max(1, tally.sent) * 1e6, 1)
    print(orjson.dumps(summary).decode() if options.json else told(summary), flush=True)
    return 1 if open_ends else 0


def _outlived(it: Run) -> None:
    """Stops the run when standard input ends, however the process at its other end did."""
    while os.read(0, 4096):
        pass
    it.stop()


def told(summary: dict[str, object]) -> str:
    """The summary for people, one line."""
    return "simulator: " + ", ".join(f"{name} {value}" for name, value in summary.items() if value not in ("", {}))
