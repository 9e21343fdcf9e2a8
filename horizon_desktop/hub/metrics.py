"""The hub's counters as Prometheus reads them, for this machine alone (text format 0.0.4)."""

import ipaddress
from collections.abc import Iterable, Mapping
from typing import Final

from horizon_desktop.domain.collaboration.channel import Lane
from horizon_desktop.ports.hub_server import Page
from horizon_desktop.protocol.relay import RelaySwitch

PATH: Final = "/metrics"
_CONTENT_TYPE: Final = "text/plain"


def metrics_page(
    relay: RelaySwitch, *, sessions: int, clients: int, half_open: int, refusals: Mapping[str, int], source: str
) -> Page:
    """Return the numbers to whoever asks from this machine, 404 to all others: how busy a hub is concerns its operator.

    Args:
        relay: All flows of the hub.
        sessions: Registered now.
        clients: Accepted and connected now.
        half_open: Connections that have proven nothing.
        refusals: How often each rule refused a client.
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
    ]
    body = "".join(f"{line}\n" for line in lines).encode("ascii")
    return Page(status=200, body=body, content_type=_CONTENT_TYPE, headers={"Cache-Control": "no-store"})


def _metric(name: str, kind: str, words: str, values: Mapping[str, int]) -> Iterable[str]:
    full = f"horizon_hub_{name}"
    yield f"# HELP {full} {words}"
    yield f"# TYPE {full} {kind}"
    for labels, value in values.items():
        yield f"{full}{labels} {value}"


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
