"""Who has a seat in a hosted session: guests that were let in, how they are reached, and what all may see of them."""

from collections.abc import Iterable, Iterator

import msgspec

from horizon_desktop.domain.collaboration.presence import Participant, Presence
from horizon_desktop.domain.ids import DeviceKey, IdentityId, peer_id_of
from horizon_desktop.domain.instants import Instant, Tick

COLORS = 8
"""Identity colours in join order; a ninth person reuses colour 0 (design section 3)."""


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """One guest who was let in, as the host knows them."""

    key: DeviceKey
    identity_id: IdentityId
    name: str
    device: str
    role: str
    channels: dict[str, int]
    color: int
    joined_at: Instant
    epoch: int
    token: bytes
    token_expires_at: Instant
    token_ends_by: Tick = Tick(0)
    """The same end on the sleep-counting clock: a wall clock set back must not put the renewal off."""
    is_suspended: bool = False
    """Has no access until the host forgives; nothing that happens to the session gives it back."""
    has_entered: bool = False
    """A link of theirs was up at least once in this run of the host."""
    has_place: bool = True
    """False after 5 minutes of silence: somebody else may have the place."""
    presence: Presence = Presence.AWAY
    path: str = "relay"
    rtt_ms: int = 0
    file_id: bytes = b""
    line: int = 0

    def participant(self, file: str) -> Participant:
        """Return what everyone sees; `file` is the path of the file they are in."""
        return Participant(
            peer_id=peer_id_of(self.key),
            name=self.name,
            role=self.role,
            device=self.device,
            color=self.color,
            joined_at=self.joined_at,
            presence=self.presence,
            channels=self.channels,
            file=file,
            line=self.line,
            path=self.path,
            rtt_ms=self.rtt_ms,
        )

    def __repr__(self) -> str:
        return f"Seat({self.key.hex()[:8]}, {self.role}, epoch={self.epoch})"


class Roster:
    """The seats of one session, in join order."""

    def __init__(self, seats: Iterable[Seat] = ()) -> None:
        self._seats: dict[DeviceKey, Seat] = {seat.key: seat for seat in seats}

    def __iter__(self) -> Iterator[Seat]:
        return iter(tuple(self._seats.values()))

    def __len__(self) -> int:
        return len(self._seats)

    def find(self, key: DeviceKey) -> Seat | None:
        return self._seats.get(key)

    def by_peer_id(self, peer_id: str) -> Seat | None:
        """Return the seat of a peer id, which is the key in hexadecimal."""
        return next((seat for seat in self._seats.values() if peer_id_of(seat.key) == peer_id), None)

    def put(self, seat: Seat) -> None:
        """Add a seat, or replace the one of the same key."""
        self._seats[seat.key] = seat

    def remove(self, key: DeviceKey) -> Seat | None:
        return self._seats.pop(key, None)

    def free_color(self) -> int:
        """Return the first colour nobody has; the host has 0, and a ninth person shares it."""
        taken = {0} | {seat.color for seat in self._seats.values()}
        return next((color for color in range(COLORS) if color not in taken), 0)
