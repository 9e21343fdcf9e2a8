"""The ICE path under QUIC: candidates, checks, and the pair of addresses that came out of them (RFC 8445)."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import Any, Final

import aioice.ice
import aioice.stun
from aioice.candidate import Candidate as IceCandidate
from aioice.candidate import candidate_foundation, candidate_priority
from aioice.ice import StunProtocol

from horizon_desktop.adapters.bulk.udp import Address, UdpPort, open_port
from horizon_desktop.errors import LinkLost
from horizon_desktop.protocol.bulk_signaling import Candidate, worth_a_try

CLOSE_S: Final = 2.0
_GATHER_S: Final = 2.0
_NEVER: Final = 10**6
_COMPONENT: Final = 1


class IcePath:
    """One ICE connection of one component. Datagrams that are not STUN go to `arrived`, from whichever socket."""

    def __init__(self, *, is_controlling: bool, stun: Address | None) -> None:
        tune_ice()
        self._ice = _Ice(is_controlling, stun, self._take)
        self._receiver: Callable[[list[bytes]], None] | None = None

    @property
    def user(self) -> str:
        return self._ice.local_username

    @property
    def password(self) -> str:
        return self._ice.local_password

    async def gather(self) -> tuple[Candidate, ...]:
        """Return our own candidates. Raises LinkLost when no socket can be had."""
        try:
            await self._ice.gather_candidates()
        except OSError as exc:
            raise LinkLost("no socket for a bulk path") from exc
        return tuple(
            Candidate(
                kind="host" if found.type == "host" else "srflx",
                address=found.host,
                port=found.port,
                priority=found.priority,
                foundation=found.foundation,
            )
            for found in self._ice.local_candidates
        )

    def listen(self, receiver: Callable[[list[bytes]], None]) -> None:
        """Give every datagram that is not STUN to `receiver` from now on."""
        self._receiver = receiver

    async def connect(self, *, user: str, password: str, candidates: Sequence[Candidate]) -> tuple[UdpPort, Address]:
        """Check the pairs; return the socket and the peer's address of the one that works. Raises LinkLost."""
        self._ice.remote_username = user
        self._ice.remote_password = password
        try:
            for candidate in worth_a_try(candidates):
                await self._ice.add_remote_candidate(_as_ice(candidate))
            await self._ice.add_remote_candidate(None)
            await self._ice.connect()
        except (ConnectionError, OSError, ValueError) as exc:
            raise LinkLost("no bulk path came to be") from exc
        pair = self._ice._nominated.get(_COMPONENT)
        port = pair.protocol.transport if pair is not None else None
        if pair is None or not isinstance(port, UdpPort):
            raise LinkLost("the bulk path was closed")
        return port, pair.remote_addr

    async def close(self) -> None:
        """Close every socket; at most 2 s."""
        self._receiver = None
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                await self._ice.close()

    def _take(self, datagrams: list[bytes]) -> None:
        if self._receiver is not None:
            self._receiver(datagrams)


class _Ice(aioice.ice.Connection):
    """aioice's connection on our own sockets: host candidates, and what one STUN server sees of the IPv4 ones."""

    def __init__(self, is_controlling: bool, stun: Address | None, take: Callable[[list[bytes]], None]) -> None:  # noqa: FBT001
        super().__init__(ice_controlling=is_controlling, stun_server=stun)
        self._take = take

    async def get_component_candidates(
        self, component: int, addresses: list[str], timeout: int = 5
    ) -> list[IceCandidate]:
        candidates = []
        for address in addresses:
            protocol = StunProtocol(self)
            with contextlib.suppress(OSError):  # an address that went, or is not ready yet (IPv6)
                port = await open_port(address, protocol, self._take)
                protocol.local_candidate = _host_candidate(component, port.get_extra_info("sockname"))
                self._protocols.append(protocol)
                candidates.append(protocol.local_candidate)
        if self.stun_server is not None:
            candidates += await self._reflexive(self.stun_server)
        return candidates

    async def _reflexive(self, server: Address) -> list[IceCandidate]:
        asked = [protocol for protocol in self._protocols if ":" not in protocol.local_candidate.host]
        answers = await asyncio.gather(
            *(_bounded(aioice.ice.server_reflexive_candidate(protocol, server)) for protocol in asked)
        )
        return [candidate for candidate in answers if candidate is not None]


async def _bounded(asking: Any) -> IceCandidate | None:
    try:
        async with asyncio.timeout(_GATHER_S):
            candidate: IceCandidate = (await asking)[0]
            return candidate
    except (OSError, LookupError, TimeoutError, aioice.stun.TransactionError):
        return None


def _host_candidate(component: int, name: Any) -> IceCandidate:
    return IceCandidate(
        foundation=candidate_foundation("host", "udp", name[0]),
        component=component,
        transport="udp",
        priority=candidate_priority(component, "host"),
        host=name[0],
        port=name[1],
        type="host",
    )


def _as_ice(candidate: Candidate) -> IceCandidate:
    return IceCandidate(
        foundation=candidate.foundation,
        component=_COMPONENT,
        transport="udp",
        priority=candidate.priority,
        host=candidate.address,
        port=candidate.port,
        type=candidate.kind,
    )


def tune_ice() -> None:
    """Take aioice's consent checks out of play, as the other direct path does: our heartbeats decide.

    At 560 ms of round trip they would close a healthy path after 26 s. Without them checks may be repeated sooner.
    """
    aioice.ice.CONSENT_FAILURES = _NEVER
    aioice.stun.RETRY_RTO = 0.2
    aioice.stun.RETRY_MAX = 4
