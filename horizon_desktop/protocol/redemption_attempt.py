"""One attempt to redeem an invite, as its host sees it: its states and what it remembers."""

from enum import Enum, auto
from typing import Final

import msgspec

from horizon_desktop.crypto.fingerprint import session_pictures
from horizon_desktop.domain.access.invitation import InvitationLink
from horizon_desktop.domain.access.preview import MAX_NAME_CHARACTERS
from horizon_desktop.domain.ids import DeviceKey, SessionId
from horizon_desktop.domain.instants import Instant, Tick
from horizon_desktop.domain.plain_text import plain_name
from horizon_desktop.errors import LocalProtocolError, RemoteProtocolError
from horizon_desktop.protocol.redemption_effects import Knock
from horizon_desktop.protocol.redemption_keys import AttemptKeys
from horizon_desktop.protocol.redemption_messages import Answer, SealedAnswer, Start

ATTEMPT_LIFE_MS: Final = 30_000
KNOCK_LIFE_MS: Final = 120_000
ORPHAN_LIFE_MS: Final = 15_000
"""How long a waiting guest whose mailbox has gone may take to open another."""
MEMORY_MS: Final = 600_000
"""How long a finished attempt's last answer is kept for a guest that did not get it."""


class HostedInvite(msgspec.Struct, frozen=True, kw_only=True):
    """What the machine needs of one invite. Holds both secrets: never logged."""

    link: InvitationLink
    code: str
    """Canonical form."""
    session: SessionId
    session_nonce: bytes
    terms: bytes
    """Hash of the preview's terms as they are now."""

    def __repr__(self) -> str:
        return f"HostedInvite({self.link!r})"


class AttemptState(Enum):
    """Until RESERVING an attempt is open and counts towards the limit of open ones."""

    COMPUTING = auto()
    """The PAKE is being computed."""
    OFFERED = auto()
    """The offer is out; no guess has been made."""
    QUEUED = auto()
    """A signed confirmation is here and waits its turn."""
    COUNTING = auto()
    """The try is being written to disk."""
    RESERVING = auto()
    """The code was right; a place is being reserved."""
    KNOCKING = auto()
    """The host person has been asked."""
    ADMITTING = auto()
    """The host person said yes; the token is being made."""
    CLOSED = auto()


class AttemptEvent(Enum):
    """What moves an attempt on."""

    OFFER_MADE = auto()
    CONFIRMED = auto()
    TURN_CAME = auto()
    CODE_RIGHT = auto()
    PLACE_RESERVED = auto()
    CLAIMED = auto()
    RELEASED = auto()
    OVER = auto()


_NEXT: Final[dict[tuple[AttemptState, AttemptEvent], AttemptState]] = {
    (AttemptState.COMPUTING, AttemptEvent.OFFER_MADE): AttemptState.OFFERED,
    (AttemptState.OFFERED, AttemptEvent.CONFIRMED): AttemptState.QUEUED,
    (AttemptState.QUEUED, AttemptEvent.TURN_CAME): AttemptState.COUNTING,
    (AttemptState.COUNTING, AttemptEvent.CODE_RIGHT): AttemptState.RESERVING,
    (AttemptState.RESERVING, AttemptEvent.PLACE_RESERVED): AttemptState.KNOCKING,
    (AttemptState.KNOCKING, AttemptEvent.CLAIMED): AttemptState.ADMITTING,
    (AttemptState.ADMITTING, AttemptEvent.RELEASED): AttemptState.KNOCKING,
    **{(state, AttemptEvent.OVER): AttemptState.CLOSED for state in AttemptState if state is not AttemptState.CLOSED},
}
OPEN_STATES: Final = frozenset(
    {AttemptState.COMPUTING, AttemptState.OFFERED, AttemptState.QUEUED, AttemptState.COUNTING, AttemptState.RESERVING}
)
IDLE_STATES: Final = frozenset({AttemptState.COMPUTING, AttemptState.OFFERED})
"""Open states in which the next word is the guest's: what 30 s end."""


class Attempt:
    """The memory of one attempt; moves only along the table."""

    def __init__(self, start: Start, start_body: bytes, start_frame: bytes, *, route: int, now: Tick) -> None:
        self.id = start.attempt
        self.guest = DeviceKey(start.guest)
        self.start = start
        self.start_body = start_body
        self.start_frame = start_frame
        self.route: int | None = route
        self.opened = now
        self.state = AttemptState.COMPUTING
        self.offer_frame = b""
        self.confirm_frame = b""
        self.confirm_body = b""
        self.confirmation = b""
        self.sealed_details = b""
        self.opening = b""
        self.last_answer = b""
        """The newest answer or refusal, sent again when the guest repeats itself."""
        self.answers = 0
        self.answer_by: Instant | None = None
        self.deadline: Tick | None = None
        """When a knock is given up, or a closed attempt forgotten."""
        self.orphaned: Tick | None = None
        """Since when a waiting guest's mailbox is gone."""
        self._keys: AttemptKeys | None = None

    def __repr__(self) -> str:
        return f"Attempt({self.id.hex()[:8]}, {self.state.name})"

    def move(self, event: AttemptEvent) -> None:
        """Go on to the state that the table gives. Raises LocalProtocolError where it has none."""
        state = _NEXT.get((self.state, event))
        if state is None:
            raise LocalProtocolError(f"an attempt that is {self.state.name} cannot be {event.name}")
        self.state = state

    @property
    def keys(self) -> AttemptKeys:
        if self._keys is None:
            raise LocalProtocolError("this attempt has no keys yet, or no longer")
        return self._keys

    def hold(self, keys: AttemptKeys) -> None:
        """Keep the keys until the attempt is over."""
        self._keys = keys

    def drop_keys(self) -> None:
        """Forget the keys: what was sealed stays sealed."""
        self._keys = None

    def seal(self, answer: SealedAnswer) -> Answer:
        """Return the next numbered answer."""
        self.answers += 1
        return self.keys.seal_answer(self.id, self.answers, answer)


def knock_of(attempt: Attempt) -> Knock | None:
    """Return the knock of a guest that proved the code, None when what it tells of itself cannot be read."""
    try:
        details = attempt.keys.open_details(attempt.sealed_details)
    except RemoteProtocolError:
        return None
    name = _shown(details.name)
    if not name or attempt.answer_by is None:
        return None
    return Knock(
        guest=attempt.guest,
        name=name,
        device=_shown(details.device),
        system=_shown(details.system),
        version=_shown(details.version),
        pictures=session_pictures(attempt.keys.transcript, attempt.opening),
        answer_by=attempt.answer_by,
    )


def _shown(text: str) -> str:
    return plain_name(text, most_characters=MAX_NAME_CHARACTERS)


def due_of(attempt: Attempt) -> Tick | None:
    """When the attempt is given up, None while nobody but the host has to act."""
    if attempt.state in IDLE_STATES:
        return attempt.opened.plus(ATTEMPT_LIFE_MS)
    if attempt.state is AttemptState.ADMITTING:
        return None
    times = [attempt.deadline] if attempt.deadline is not None else []
    if attempt.state is AttemptState.KNOCKING and attempt.orphaned is not None:
        times.append(attempt.orphaned.plus(ORPHAN_LIFE_MS))
    return min(times, default=None)
