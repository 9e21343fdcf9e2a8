"""What an invite's desk is handed: the mailboxes, the seats, what speaks against a guest, and who may enter at all."""

from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec

from horizon_desktop.domain.access.capability import Role
from horizon_desktop.domain.access.risk import Assessment
from horizon_desktop.domain.decision import Decision
from horizon_desktop.domain.ids import DeviceKey, InvitationId
from horizon_desktop.protocol.redemption_effects import Knock

Seat = Callable[[InvitationId, Knock, Role], Awaitable[bytes]]
"""Gives the person who knocked an identity; returns the token. Raises AccessRefused."""
Unseat = Callable[[DeviceKey], Awaitable[object]]
"""Takes identity and seat away again: the place was not to be had."""


class Assess(Protocol):
    """Weighs what speaks against a device that had link and right code."""

    def __call__(self, device: DeviceKey, *, is_known: bool, failed_codes: int) -> Assessment: ...


class MayEnter(Protocol):
    """Asks the policies whether a device that had link and right code may come in; the detail says when, or why not."""

    def __call__(self, device: DeviceKey, role: Role, *, is_known: bool) -> Decision: ...


class MailboxPost(msgspec.Struct, frozen=True):
    """How a desk reaches mailboxes; both do nothing when the mailbox has gone."""

    send: Callable[[int, bytes], Awaitable[None]]
    close: Callable[[int], Awaitable[None]]
