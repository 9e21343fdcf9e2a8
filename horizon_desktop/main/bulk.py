"""The engines of the bulk lane: QUIC over ICE, and a second connection of aiortc (PROTOCOL section 6, 4)."""

from collections.abc import Mapping, Sequence

from horizon_desktop.adapters.bulk.attempt import QuicFactory
from horizon_desktop.adapters.tls.throwaway import fresh_certificate
from horizon_desktop.adapters.webrtc.direct import BULK_LANES, WebRtcFactory
from horizon_desktop.adapters.webrtc.stun_probe import StunServer, first_answering
from horizon_desktop.domain.collaboration.channel import Engine
from horizon_desktop.ports.entropy import Entropy
from horizon_desktop.ports.transport import DirectFactory


def bulk_engines(*, stun: Sequence[StunServer], entropy: Entropy) -> Mapping[Engine, DirectFactory]:
    """Return every engine by its name."""
    return {Engine.FAST: fast_bulk(stun=stun, entropy=entropy), Engine.PLAIN: plain_bulk(stun=stun)}


def fast_bulk(*, stun: Sequence[StunServer], entropy: Entropy) -> QuicFactory:
    """Return the fast engine."""

    async def answering() -> tuple[str, int] | None:
        server = await first_answering(stun)
        return None if server is None else (server.host, server.port)

    return QuicFactory(certificate=fresh_certificate, entropy=entropy, stun=answering if stun else None)


def plain_bulk(*, stun: Sequence[StunServer]) -> WebRtcFactory:
    """Return the plain engine, which any system and any browser can speak."""
    return WebRtcFactory(stun=stun, lanes=BULK_LANES)
