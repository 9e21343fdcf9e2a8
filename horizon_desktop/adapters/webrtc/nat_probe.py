"""Asks STUN servers from one socket who we are: whether UDP gets through, and what translation is between."""

import asyncio
import errno
import select
import socket
import struct
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import Final

from aioice import stun

from horizon_desktop.domain.collaboration.findings import Server, StunAnswer, UdpOutcome

_NAME_S: Final = 4.0
_SENDS_S: Final = (0.0, 0.3, 0.9)
"""When a question is sent: a lost one costs little (RFC 8489 section 6.2.1)."""
_WAIT_S: Final = 2.5
_MAX_BYTES: Final = 2048
_MOST_AT_ONCE: Final = 64
"""Datagrams read before the time is looked at again: a flood does not hold us."""
_FORBIDDEN: Final = frozenset({errno.EPERM, errno.EACCES})

Address = tuple[str, int]


class StunNatProbe:
    """The UdpProbe port over plain sockets, IPv4 like the direct path's own gathering."""

    async def ask(self, servers: Sequence[Server]) -> tuple[StunAnswer, ...]:
        async with asyncio.TaskGroup() as group:
            naming = [group.create_task(_address_of(server), name="doctor.name") for server in servers]
        found = [task.result() for task in naming]
        known = list(dict.fromkeys(address for address in found if address is not None))
        told = await asyncio.to_thread(_ask_all, known)
        return tuple(
            StunAnswer(server=server, outcome=UdpOutcome.NAME) if address is None else told[address].answer(server)
            for server, address in zip(servers, found, strict=True)
        )


class _Question:
    """One server: asked from the shared socket, and from a connected one that hears of refusals."""

    def __init__(self, address: Address, shared: socket.socket, stack: ExitStack) -> None:
        self.address = address
        self.outcome = UdpOutcome.SILENT
        self._shared = shared
        self._local: Server | None = None
        self._mapped: Server | None = None
        self._request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        self._aside = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        self.connected = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        self.connected.setblocking(False)
        try:
            self.connected.connect(address)
            self._local = Server(host=self.connected.getsockname()[0], port=shared.getsockname()[1])
        except OSError as exc:
            self._stopped(exc)

    @property
    def is_open(self) -> bool:
        return self.outcome is UdpOutcome.SILENT

    def send(self) -> None:
        try:
            self.connected.send(bytes(self._aside))
            self._shared.sendto(bytes(self._request), self.address)
        except OSError as exc:
            self._stopped(exc)

    def hear_refusal(self) -> None:
        try:
            self.connected.recv(_MAX_BYTES)  # an answer here says nothing that the shared socket's does not
        except BlockingIOError:
            return
        except OSError as exc:
            self._stopped(exc)

    def take(self, data: bytes) -> bool:
        """Take a datagram that came to the shared socket; say whether it answers this question."""
        try:
            message = stun.parse_message(data)
            host, port = message.attributes.get("XOR-MAPPED-ADDRESS") or message.attributes["MAPPED-ADDRESS"]
        except (ValueError, LookupError, TypeError, struct.error, OSError):
            return False
        is_answer = message.message_class is stun.Class.RESPONSE
        if not is_answer or message.transaction_id != self._request.transaction_id:
            return False
        self.outcome, self._mapped = UdpOutcome.ANSWERED, Server(host=host, port=port)
        return True

    def answer(self, server: Server) -> StunAnswer:
        return StunAnswer(
            server=server, outcome=self.outcome, address=self.address[0], local=self._local, mapped=self._mapped
        )

    def _stopped(self, exc: OSError) -> None:
        if not self.is_open or isinstance(exc, BlockingIOError):
            return
        if isinstance(exc, ConnectionRefusedError | ConnectionResetError):  # the latter is Windows' word for it
            self.outcome = UdpOutcome.REFUSED
        else:
            self.outcome = UdpOutcome.FORBIDDEN if exc.errno in _FORBIDDEN else UdpOutcome.NO_ROUTE


async def _address_of(server: Server) -> Address | None:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(_NAME_S):
            found = await loop.getaddrinfo(server.host, server.port, family=socket.AF_INET, type=socket.SOCK_DGRAM)
    except (OSError, TimeoutError, UnicodeError):
        return None
    host, port = found[0][4][:2]
    return str(host), int(port)


def _ask_all(addresses: Sequence[Address]) -> dict[Address, _Question]:
    with ExitStack() as stack:
        shared = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        shared.setblocking(False)
        shared.bind(("", 0))
        questions = {address: _Question(address, shared, stack) for address in addresses}
        began = time.monotonic()
        for until_s in (*_SENDS_S[1:], _WAIT_S):
            for question in questions.values():
                if question.is_open:
                    question.send()
            _listen(shared, questions, began + until_s)
        return questions


def _listen(shared: socket.socket, questions: dict[Address, _Question], until: float) -> None:
    while waiting := [question for question in questions.values() if question.is_open]:
        left = until - time.monotonic()
        if left <= 0:
            return
        ready, _, _ = select.select([shared, *(question.connected for question in waiting)], [], [], left)
        for question in waiting:
            if question.connected in ready:
                question.hear_refusal()
        if shared in ready:
            for address, data in _datagrams(shared):
                if address in questions:
                    questions[address].take(data)


def _datagrams(shared: socket.socket) -> Iterator[tuple[Address, bytes]]:
    for _ in range(_MOST_AT_ONCE):
        try:
            data, address = shared.recvfrom(_MAX_BYTES)
        except OSError:  # empty, or the news of a refusal that the connected socket hears, too
            return
        yield (address[0], address[1]), data
