"""What a host types while the session runs: answers to knocks, and chat."""

import re
from collections.abc import Collection, Mapping
from typing import Final

import msgspec

from horizon_desktop.domain.access.capability import Role
from horizon_desktop.errors import UsageError

_PEER: Final = re.compile(r"[0-9a-f]{4,64}", re.IGNORECASE)
_YES: Final = frozenset({"y", "yes"})
_NO: Final = frozenset({"n", "no"})
_ROLES: Final[Mapping[str, Role]] = {role.value: role for role in Role}


class LetIn(msgspec.Struct, frozen=True):
    """`y PEER` or `ROLE PEER`."""

    peer_id: str
    role: Role | None


class TurnAway(msgspec.Struct, frozen=True):
    """`n PEER`."""

    peer_id: str


class SayLine(msgspec.Struct, frozen=True):
    """Anything else: a line of chat."""

    text: str


HostLine = LetIn | TurnAway | SayLine


def read_line(line: str, waiting: Mapping[str, str]) -> HostLine | None:
    """Return what a line means, None for an empty one.

    Args:
        waiting: Peer id to name of everybody who knocks now.

    Raises:
        UsageError: an answer to nobody (knock.none), or to more than one (knock.ambiguous).
    """
    words = line.split()
    if not words:
        return None
    verb = words[0].lower()
    is_answer = len(words) <= 2 and verb in _YES | _NO | set(_ROLES)
    if not is_answer or not (waiting or _PEER.fullmatch(words[-1])):
        return SayLine(line.strip())
    peer_id = _one_waiting(words[1] if len(words) == 2 else "", waiting)
    if verb in _NO:
        return TurnAway(peer_id)
    return LetIn(peer_id, _ROLES.get(verb))


def trusted(line: str, watched: Collection[str]) -> str:
    """Return whom `trust PEER` means among those whom something speaks against; empty when it is another line.

    Args:
        watched: Peer ids.

    Raises:
        UsageError: knock.ambiguous: more than one of them fits.
    """
    words = line.split()
    if not watched or not 1 <= len(words) <= 2 or words[0].lower() != "trust":
        return ""
    wanted = words[1].lower() if len(words) == 2 else ""
    found = [peer_id for peer_id in watched if peer_id.startswith(wanted)]
    if len(found) > 1:
        raise UsageError(
            "more than one person is watched", code="knock.ambiguous", n=len(found), peer=wanted or "trust"
        )
    return found[0] if found else ""


def _one_waiting(wanted: str, waiting: Mapping[str, str]) -> str:
    found = [peer_id for peer_id in waiting if peer_id.startswith(wanted.lower())]
    found = found or [peer_id for peer_id, name in waiting.items() if name.casefold() == wanted.casefold()]
    if not found:
        raise UsageError("nobody with that id is waiting", code="knock.none")
    if len(found) > 1:
        raise UsageError("more than one person waits", code="knock.ambiguous", n=len(found), peer=wanted or "y")
    return found[0]
