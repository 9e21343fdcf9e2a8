"""One measure of a link in one direction: what a run brought, by which path, and what small messages took beside it."""

import msgspec

from horizon_desktop.domain.ids import DeviceKey, peer_id_of
from horizon_desktop.errors import LinkLost
from horizon_desktop.services.measuring import Measuring


class LinkMeasure(msgspec.Struct, frozen=True, kw_only=True):
    """Times are of whole round trips of a small message on the session's own lanes."""

    peer_id: str
    name: str
    is_sent: bool
    """We sent and they received; else the other way round."""
    size_bytes: int
    took_ms: int
    is_whole: bool
    """Every byte came, in order: both ends have the same hash."""
    bulk_path: str
    """relay, fast (QUIC) or plain (a WebRTC connection)."""
    path: str
    """What the session itself goes by: relay or direct."""
    idle_ms: int | None
    """The shortest of the last minute."""
    busy_ms: tuple[int, ...]
    """Each one taken while the run was under way, in ascending order."""


async def measure_link(
    measuring: Measuring,
    peer: DeviceKey,
    *,
    name: str,
    is_sent: bool,
    most_bytes: int,
    most_ms: int,
) -> LinkMeasure:
    """Return what one run to a peer, or from it, found.

    Raises:
        UsageError, AccessRefused, LinkLost: as a run of `Measuring` does.
    """
    measuring.reading(peer, is_new=True)
    run = measuring.send_run if is_sent else measuring.ask_run
    result = await run(peer, most_bytes=most_bytes, most_ms=most_ms)
    reading = measuring.reading(peer)
    if reading is None:
        raise LinkLost("the peer has gone")
    return LinkMeasure(
        peer_id=peer_id_of(peer),
        name=name,
        is_sent=is_sent,
        size_bytes=result.size_bytes,
        took_ms=result.took_ms,
        is_whole=result.is_whole,
        bulk_path=reading.path if is_sent else reading.came_by,
        path=reading.session_path,
        idle_ms=reading.idle_ms,
        busy_ms=tuple(sorted(reading.delays_ms)),
    )
