"""Counters of a hub, and of the workers beside it, as Prometheus reads them; for this machine alone (format 0.0.4)."""

import ipaddress
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from horizon_desktop.domain.collaboration.channel import Lane
from horizon_desktop.ports.hub_server import Page
from horizon_desktop.protocol.relay import RelaySwitch
from horizon_desktop.services.workers import Counters

PATH: Final = "/metrics"
_CONTENT_TYPE: Final = "text/plain"


def metrics_page(
    relay: RelaySwitch,
    *,
    sessions: int,
    clients: int,
    half_open: int,
    refusals: Mapping[str, int],
    workers: Mapping[str, Counters],
    source: str,
) -> Page:
    """Return the numbers to whoever asks from this machine, 404 to all others: how busy a hub is concerns its operator.

    Args:
        relay: All flows of the hub.
        sessions: Registered now.
        clients: Accepted and connected now.
        half_open: Connections that have proven nothing.
        refusals: How often each rule refused a client.
        workers: Name of each background worker of this process to what it has done.
        source: Where the question comes from.
    """
    if not _is_this_machine(source):
        return Page(status=404)
    counters = relay.counters
    lines = [
        *_metric("sessions", "gauge", "Sessions registered now.", {"": sessions}),
        *_metric("clients", "gauge", "Clients connected now.", {"": clients}),
        *_metric("half_open_connections", "gauge", "Connections that have proven nothing.", {"": half_open}),
        *_metric("queued_bytes", "gauge", "Waiting in the relay's queues.", {"": relay.queued_bytes}),
        *_metric("relayed_bytes_total", "counter", "Sent on, by lane.", _by_lane(counters.bytes)),
        *_metric("relayed_frames_total", "counter", "Frames sent on, by lane.", _by_lane(counters.frames)),
        *_metric("pauses_total", "counter", "Senders told to pause.", {"": counters.pauses}),
        *_metric("slow_readers_total", "counter", "Members dropped for reading too slowly.", {"": counters.slow}),
        *_metric("lanes_shut_total", "counter", "Links left with control alone.", {"": counters.shut}),
        *_metric("refusals_total", "counter", "Clients refused, by rule.", _by("rule", refusals)),
        *_of_workers(workers),
    ]
    body = "".join(f"{line}\n" for line in lines).encode("ascii")
    return Page(status=200, body=body, content_type=_CONTENT_TYPE, headers={"Cache-Control": "no-store"})


def _metric(name: str, kind: str, words: str, values: Mapping[str, int]) -> Iterable[str]:
    return _lines(f"horizon_hub_{name}", kind, words, values)


def _lines(full: str, kind: str, words: str, values: Mapping[str, int]) -> Iterable[str]:
    yield f"# HELP {full} {words}"
    yield f"# TYPE {full} {kind}"
    for labels, value in values.items():
        yield f"{full}{labels} {value}"


def _of_workers(workers: Mapping[str, Counters]) -> Iterable[str]:
    """Give nothing for a process that has none: a hub on its own."""
    if not workers:
        return
    plain: tuple[tuple[str, str, str, Callable[[Counters], int]], ...] = (
        ("rounds_total", "counter", "Rounds done.", lambda each: each.rounds),
        ("failures_total", "counter", "Rounds that failed.", lambda each: each.failures),
        ("skipped_total", "counter", "Rounds that another process had.", lambda each: each.skipped),
        ("last_round_milliseconds", "gauge", "How long the last round took.", lambda each: each.last_round_ms),
    )
    for name, kind, words, read in plain:
        yield from _lines(
            f"horizon_worker_{name}", kind, words, _by("worker", {n: read(c) for n, c in workers.items()})
        )
    rows = {
        f'{{worker="{name}",step="{step}"}}': count
        for name, counters in sorted(workers.items())
        for step, count in sorted(counters.totals.items())
    }
    yield from _lines("horizon_worker_rows_total", "counter", "Rows treated, by step.", rows)


def _by_lane(values: Mapping[Lane, int]) -> Mapping[str, int]:
    return _by("lane", {lane.name.lower(): values[lane] for lane in Lane})


def _by(label: str, values: Mapping[str, int]) -> Mapping[str, int]:
    return {f'{{{label}="{name}"}}': value for name, value in sorted(values.items())}


def _is_this_machine(source: str) -> bool:
    try:
        address = ipaddress.ip_address(source)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback
