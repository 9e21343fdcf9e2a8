"""Direct paths by aiortc: one peer connection, one data channel for each lane (PROTOCOL section 6, 3 to 5)."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

import aioice.ice
import aioice.stun
from aiortc import RTCConfiguration, RTCIceServer, RTCPeerConnection, RTCSessionDescription
from aiortc.exceptions import InvalidAccessError, InvalidStateError, OperationError

from horizon_desktop.adapters.webrtc.lane import DataChannelLane
from horizon_desktop.adapters.webrtc.sdp import checked_sdp
from horizon_desktop.adapters.webrtc.stun_probe import StunServer, first_answering
from horizon_desktop.domain.collaboration.channel import Lane
from horizon_desktop.errors import LinkLost, LocalProtocolError, RemoteProtocolError
from horizon_desktop.ports.transport import LaneStream

LANES: Final = (Lane.CONTROL, Lane.INTERACTIVE)
"""Small messages only: bulk never shares their connection."""
BULK_LANES: Final = (Lane.BULK,)
"""The plain bulk engine: a connection of its own."""
EXPORTER_BYTES: Final = 32
_EXPORTER_LABEL: Final = b"EXPORTER-horizon-link-v1"
CLOSE_S: Final = 2.0
_NEVER: Final = 10**6
_ENDED: Final = frozenset({"closed", "failed"})
_SDP_TROUBLE: Final = (
    ValueError,
    LookupError,
    AttributeError,
    AssertionError,
    TypeError,
    InvalidAccessError,
    InvalidStateError,
    OperationError,
)
"""What aiortc raises for an SDP that it cannot use: its parser has no errors of its own."""
_NOISE: Final = "Cannot send data, not connected"


class WebRtcAttempt:
    """One peer connection in the making; as guest `offer` then `accept`, as host `answer`; then `lanes`."""

    def __init__(self, stun: Sequence[StunServer], lanes: Sequence[Lane] = LANES) -> None:
        self._stun = stun
        self._wanted = lanes
        self._connection: RTCPeerConnection | None = None
        self._lanes: dict[Lane, DataChannelLane] = {}
        self._open: set[Lane] = set()
        self._changed = asyncio.Event()
        self._is_over = False

    async def offer(self) -> bytes:
        connection = await self._connect()
        self._add_channels(connection)
        try:
            await connection.setLocalDescription(await connection.createOffer())
        except (OSError, *_SDP_TROUBLE) as exc:
            raise LinkLost("no direct path can be offered") from exc
        return connection.localDescription.sdp.encode()

    async def answer(self, offer: bytes) -> bytes:
        sdp = checked_sdp(offer)
        connection = await self._connect()
        try:
            await connection.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
            self._add_channels(connection)
            await connection.setLocalDescription(await connection.createAnswer())
        except _SDP_TROUBLE as exc:
            raise RemoteProtocolError("an offer cannot be used", code="signal.sdp") from exc
        except OSError as exc:
            raise LinkLost("no socket for a direct path") from exc
        return connection.localDescription.sdp.encode()

    async def accept(self, answer: bytes) -> None:
        connection = self._connection
        if connection is None:
            raise LocalProtocolError("an answer is accepted after an offer only")
        try:
            await connection.setRemoteDescription(RTCSessionDescription(checked_sdp(answer), "answer"))
        except _SDP_TROUBLE as exc:
            raise RemoteProtocolError("an answer cannot be used", code="signal.sdp") from exc

    async def lanes(self) -> dict[Lane, LaneStream]:
        while len(self._open) < len(self._wanted) and not self._is_over:
            self._changed.clear()
            await self._changed.wait()
        if self._is_over or self._connection is None:
            raise LinkLost("no direct path came to be")
        is_client, exporter = dtls_binding(self._connection)
        for lane in self._lanes.values():
            lane.bind(is_client=is_client, exporter=exporter)
        return dict(self._lanes)

    async def close(self) -> None:
        """Close the connection; at most 2 s, whatever aiortc waits for."""
        self._end()
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                await asyncio.wait_for(connection.close(), CLOSE_S)
            except (OSError, TimeoutError, *_SDP_TROUBLE):
                return

    async def _connect(self) -> RTCPeerConnection:
        if self._connection is not None:
            raise LocalProtocolError("an attempt is made once")
        server = await first_answering(self._stun)
        servers = [RTCIceServer(urls=server.url)] if server is not None else []
        connection = RTCPeerConnection(RTCConfiguration(iceServers=servers))
        connection.on("connectionstatechange", self._state_changed)
        connection.on("datachannel", _refuse_channel)
        self._connection = connection
        return connection

    def _add_channels(self, connection: RTCPeerConnection) -> None:
        """Make each lane's channel, agreed beforehand: the peer's own wishes for channels are refused."""
        for lane in self._wanted:
            channel = connection.createDataChannel(lane.name.lower(), ordered=True, negotiated=True, id=int(lane))
            self._lanes[lane] = DataChannelLane(channel, lane)

            def opened(lane: Lane = lane) -> None:
                self._open.add(lane)
                self._changed.set()

            if channel.readyState == "open":
                opened()
            else:
                channel.on("open", opened)

    def _state_changed(self) -> None:
        if self._connection is not None and self._connection.connectionState in _ENDED:
            self._end()

    def _end(self) -> None:
        self._is_over = True
        self._changed.set()
        for lane in self._lanes.values():
            lane.end()


class WebRtcFactory:
    """Makes attempts. STUN servers are the caller's choice, none by default: then only what is reachable as it is.

    Args:
        lanes: What each connection carries, the same at both ends; `BULK_LANES` makes the plain bulk engine.
    """

    def __init__(self, *, stun: Sequence[StunServer] = (), lanes: Sequence[Lane] = LANES) -> None:
        self._stun = tuple(stun)
        self._lanes = tuple(lanes)

    def attempt(self) -> WebRtcAttempt:
        tune_ice()
        quiet_noise(asyncio.get_running_loop())
        return WebRtcAttempt(self._stun, self._lanes)


def dtls_binding(connection: RTCPeerConnection) -> tuple[bool, bytes]:
    """Return whether we are the DTLS client, and 32 bytes of exported keying material (RFC 5705).

    aiortc has no public way to either: its private `_ssl` and `_role` are read here and nowhere else, under a
    pinned version and a test that fails when they move.
    """
    transport = connection.sctp.transport if connection.sctp is not None else None
    if transport is None or transport._ssl is None:
        raise LinkLost("the direct path has no DTLS connection")
    exporter = transport._ssl.export_keying_material(_EXPORTER_LABEL, EXPORTER_BYTES, b"")
    return transport._role == "client", exporter


def tune_ice() -> None:
    """Take aioice's consent checks out of play: our heartbeats decide (notes on NAT, recommendation 8).

    At 560 ms of round trip they close a healthy connection after 26 s. Without them the checks may be
    repeated sooner: a hole is punched in 0.56 s instead of 0.86 s and failure is known after 6.3 s.
    """
    aioice.ice.CONSENT_FAILURES = _NEVER
    aioice.stun.RETRY_RTO = 0.2
    aioice.stun.RETRY_MAX = 4


def quiet_noise(loop: asyncio.AbstractEventLoop) -> None:
    """Leave out of the log what aiortc's own tasks say when a connection dies under traffic (finding 12)."""
    former = loop.get_exception_handler()
    if isinstance(former, _QuietHandler):
        return
    loop.set_exception_handler(_QuietHandler(former))


class _QuietHandler:
    def __init__(self, former: Any) -> None:
        self._former = former

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        problem = context.get("exception")
        if isinstance(problem, ConnectionError) and str(problem) == _NOISE:
            return
        if self._former is not None:
            self._former(loop, context)
        else:
            loop.default_exception_handler(context)


def _refuse_channel(channel: Any) -> None:
    channel.close()
