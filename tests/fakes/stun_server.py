"""A STUN server on the loopback whose answers a test chooses."""

import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from aioice import stun

Seen = tuple[str, int]


class StunServer:
    """Answers binding requests with what `tell` makes of the asker's address; None says nothing.

    Args:
        noise: Sent before every answer: what a careless or hostile server could say.
    """

    def __init__(
        self,
        tell: Callable[[Seen], Seen | None] = lambda seen: seen,
        *,
        address: str = "127.0.0.1",
        noise: tuple[bytes, ...] = (),
    ) -> None:
        self._tell = tell
        self._noise = noise
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, 0))
        self._socket.settimeout(0.05)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="stun server")
        self.address: Seen = self._socket.getsockname()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while not self._over.is_set():
            try:
                data, asker = self._socket.recvfrom(2048)
            except OSError:  # nothing for now, or the asker has gone
                continue
            told = self._tell(asker)
            if told is None:
                continue
            request = stun.parse_message(data)
            answer = stun.Message(
                stun.Method.BINDING,
                stun.Class.RESPONSE,
                transaction_id=request.transaction_id,
                attributes={"XOR-MAPPED-ADDRESS": told},
            )
            for piece in (*self._noise, bytes(answer)):
                self._socket.sendto(piece, asker)
