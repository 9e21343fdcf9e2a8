"""The calls of a link: offers and answers of direct paths, signed, over the control lane (PROTOCOL section 6, 3)."""

from horizon_desktop.crypto.keys import DeviceKeyPair
from horizon_desktop.domain.collaboration.channel import Lane
from horizon_desktop.domain.ids import DeviceKey, SessionId
from horizon_desktop.domain.instants import Instant
from horizon_desktop.protocol.link_effects import AnswerOffer, TakeAnswer
from horizon_desktop.protocol.paths import PathBoard
from horizon_desktop.protocol.signaling import CallBook, CallParty, OfferTaken
from horizon_desktop.protocol.wire import Frame, FrameKind


class LinkCalls:
    """Signs, sends and checks; a new incarnation of either end starts an empty book."""

    def __init__(self, *, session: SessionId, pair: DeviceKeyPair, peer: DeviceKey, board: PathBoard) -> None:
        self._session = session
        self._pair = pair
        self._peer = peer
        self._board = board
        self._party: CallParty | None = None
        self._book = CallBook(pair)

    def meet(self, incarnation: bytes, peer_incarnation: bytes) -> None:
        """Start over between these two incarnations."""
        self._party = self._party_of(incarnation, peer_incarnation)
        self._book = CallBook(self._pair)

    def offer(self, sdp: bytes, *, call: bytes, engine: str, host_time: Instant) -> None:
        """Send a signed offer under a fresh call id. Raises LocalProtocolError."""
        self._send(self._book.offer(self._known(), sdp, call=call, engine=engine, host_time=host_time))

    def answer(self, call: bytes, sdp: bytes, *, host_time: Instant) -> None:
        """Send the one signed answer to an offer. Raises LocalProtocolError for a second one."""
        self._send(self._book.answer(self._known(), sdp, call=call, host_time=host_time))

    def receive(self, envelope: bytes, *, host_time: Instant) -> AnswerOffer | TakeAnswer:
        """Return what to do about a checked envelope. Raises RemoteProtocolError."""
        taken = self._book.receive(envelope, self._known(), host_time=host_time)
        if isinstance(taken, OfferTaken):
            return AnswerOffer(taken.call, taken.sdp, taken.engine)
        return TakeAnswer(taken.call, taken.sdp)

    def _send(self, envelope: bytes) -> None:
        for _, end in self._board.carriers(Lane.CONTROL):
            end.enqueue(Frame(kind=FrameKind.SIGNAL, body=envelope))

    def _known(self) -> CallParty:
        return self._party if self._party is not None else self._party_of(bytes(16), bytes(16))

    def _party_of(self, incarnation: bytes, peer_incarnation: bytes) -> CallParty:
        return CallParty(
            session=self._session, peer=self._peer, incarnation=incarnation, peer_incarnation=peer_incarnation
        )
