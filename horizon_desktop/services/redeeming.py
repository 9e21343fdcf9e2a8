"""The guest's side of redemption: drives the machine over a mailbox until let in or refused (PROTOCOL section 3)."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final

import msgspec
import structlog

from horizon_desktop.crypto.fingerprint import OPENING_BYTES
from horizon_desktop.crypto.keys import DeviceKeyPair
from horizon_desktop.crypto.pake import ENTROPY_BYTES, GuestPake, password_of
from horizon_desktop.domain.access.code import parse_code
from horizon_desktop.domain.access.invitation import InvitationLink, invite_name
from horizon_desktop.domain.access.preview import MAX_NAME_CHARACTERS, Preview, open_preview
from horizon_desktop.domain.decision import Deny
from horizon_desktop.domain.instants import Instant
from horizon_desktop.domain.plain_text import plain_name
from horizon_desktop.errors import (
    AccessRefused,
    InviteRefused,
    LinkLost,
    RemoteProtocolError,
    Unreachable,
    UsageError,
)
from horizon_desktop.ports.clock import Clock
from horizon_desktop.ports.entropy import Entropy
from horizon_desktop.ports.hub import Mailbox
from horizon_desktop.protocol.redemption_effects import (
    BeginPake,
    ClockOff,
    FinishPake,
    GuestEffect,
    NowWaiting,
    Post,
    Redeemed,
    Refused,
)
from horizon_desktop.protocol.redemption_guest import GuestPart, GuestRedemption, GuestState
from horizon_desktop.protocol.redemption_messages import Details

_log = structlog.get_logger(__name__)

TURN_MS: Final = 250
REDIAL_MS: Final = (500, 1000, 2000, 4000)
"""Waits between dials while a mailbox is lost: a hub allows an address one a second."""
FRESH_ATTEMPTS: Final = 3
"""Attempts begun anew after the host has forgotten one (`attempt.stale`): no guess was counted."""
FAREWELL_S: Final = 1.0
_UNREACHABLE: Final = frozenset({"host.away", "attempt.busy", "store.unavailable"})

OpenMailbox = Callable[[], Awaitable[Mailbox]]


class RedemptionDevice(msgspec.Struct, frozen=True, kw_only=True):
    """Exactly what the guest's device tells the host, sealed."""

    name: str
    """The person's name, 1 to 40 characters."""
    device: str
    system: str
    version: str


def read_preview(sealed: bytes, link: InvitationLink, *, now: Instant) -> Preview:
    """Return the preview that a hub stored for `link`.

    Raises:
        InviteRefused: preview.stale, it is older than 24 h. RemoteProtocolError: it is not the host's.
    """
    preview = open_preview(sealed, link)
    decision = preview.is_fresh(now=now)
    if isinstance(decision, Deny):
        raise InviteRefused("the preview at the hub is more than a day old", code=decision.rule)
    return preview


async def redeem(
    link: InvitationLink,
    code: str,
    device: RedemptionDevice,
    *,
    open_mailbox: OpenMailbox,
    key: DeviceKeyPair,
    clock: Clock,
    entropy: Entropy,
    shown: Preview | None,
    on_waiting: Callable[[NowWaiting], None],
    on_skew: Callable[[int], None],
) -> Redeemed:
    """Redeem link and code, wait to be let in, return the token. Cancelling takes the knock back.

    Args:
        code: As typed; a typo is found before anything is sent.
        open_mailbox: Opens a mailbox of this invite at one of its hubs; called again when a mailbox is lost.
        shown: The preview that the person saw: other terms at the host stop the redemption (`invite.changed`).
        on_waiting: Told once the host person has been asked.
        on_skew: Told the minutes when our clock is more than ten of them off.

    Raises:
        InviteRefused: `key` is the copy deck's: code.typo, code.wrong (n), code.wrong.last, code.locked (n),
            code.slow (s), invite.*, join.declined, knock.open, session.full, ...
        RemoteProtocolError: host.false: somebody else than the host of the link answers.
        Unreachable: no hub or host answers; nothing was lost.
        UsageError: name.empty.
    """
    canonical = parse_code(code)
    details = Details(*(_shown(text) for text in (device.name, device.device, device.system, device.version)))
    if not details.name:
        raise UsageError("a name has at least one visible character", code="name.empty")
    refused = Refused("host.away")
    for _ in range(FRESH_ATTEMPTS):
        part = GuestPart(
            link=link,
            attempt=entropy.draw(16),
            opening=entropy.draw(OPENING_BYTES),
            details=details,
            shown_terms=None if shown is None else shown.terms_hash,
        )
        conversation = _Conversation(
            GuestRedemption(part, key), part, canonical, key, open_mailbox, clock, entropy, on_waiting, on_skew
        )
        end = await conversation.run()
        if isinstance(end, Redeemed):
            return end
        refused = end
        if refused.rule != "attempt.stale":
            break
    raise _error_of(refused)


def _shown(text: str) -> str:
    return plain_name(text, most_characters=MAX_NAME_CHARACTERS)


def _error_of(refused: Refused) -> AccessRefused | Unreachable:
    rule = "code.wrong.last" if refused == Refused("code.wrong", 1) else refused.rule
    if rule in _UNREACHABLE or rule == "attempt.stale":
        return Unreachable("the host did not answer", code="host.away")
    return InviteRefused(f"the host refused: {rule}", code=rule, n=refused.count, s=refused.count)


class _Conversation:
    """One attempt over as many mailboxes as it takes."""

    def __init__(
        self,
        machine: GuestRedemption,
        part: GuestPart,
        code: str,
        key: DeviceKeyPair,
        open_mailbox: OpenMailbox,
        clock: Clock,
        entropy: Entropy,
        on_waiting: Callable[[NowWaiting], None],
        on_skew: Callable[[int], None],
    ) -> None:
        self._machine = machine
        self._part = part
        self._code = code
        self._key = key
        self._open_mailbox = open_mailbox
        self._clock = clock
        self._entropy = entropy
        self._on_waiting = on_waiting
        self._on_skew = on_skew
        self._mailbox: Mailbox | None = None
        self._end: Redeemed | Refused | None = None
        self._trouble: RemoteProtocolError | None = None
        self._redials = 0
        self._over = asyncio.Event()

    async def run(self) -> Redeemed | Refused:
        self._mailbox = await self._open_mailbox()
        try:
            await self._converse()
        finally:
            await self._part_ways()
        if self._trouble is not None:
            raise self._trouble
        return Refused("host.away") if self._end is None else self._end

    async def _converse(self) -> None:
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self._keep_time(), name="redemption.time"),
                group.create_task(self._listen(), name="redemption.mailbox"),
            ]
            await self._carry_out(self._machine.begin(now=self._clock.now()))
            await self._over.wait()
            for task in tasks:
                task.cancel()

    async def _keep_time(self) -> None:
        while True:
            await self._clock.sleep(TURN_MS)
            await self._carry_out(self._machine.wake(now=self._clock.now()))

    async def _listen(self) -> None:
        while True:
            try:
                await self._listen_once()
            except RemoteProtocolError as breach:
                self._trouble = breach
                self._over.set()
                return
            except (AccessRefused, Unreachable):  # a hub that restarts, or LinkLost: dial again in a moment
                self._mailbox = None
                await self._pause()

    async def _listen_once(self) -> None:
        if self._mailbox is None:
            self._mailbox = await self._open_mailbox()
            self._redials = 0
            await self._carry_out(self._machine.reconnected(now=self._clock.now()))
        await self._take(await self._mailbox.receive())

    async def _pause(self) -> None:
        """Wait before the next dial, longer each time; the machine's patience decides when to give up."""
        await self._clock.sleep(REDIAL_MS[min(self._redials, len(REDIAL_MS) - 1)])
        self._redials += 1

    async def _take(self, data: bytes) -> None:
        try:
            effects = self._machine.receive(data, now=self._clock.now())
        except RemoteProtocolError as breach:
            if breach.key == "host.false":
                raise
            _log.info("redemption.ignored", invite=invite_name(self._part.link.locator), why=str(breach))
            return
        await self._carry_out(effects)

    async def _carry_out(self, effects: Sequence[GuestEffect]) -> None:
        for effect in effects:
            match effect:
                case Post():
                    await self._post(effect.data)
                case BeginPake():
                    await self._carry_out(self._answered(effect.ask, await self._begin_pake()))
                case FinishPake():
                    await self._carry_out(self._answered(effect.ask, await self._finish_pake(effect)))
                case ClockOff():
                    self._on_skew(effect.minutes)
                case NowWaiting():
                    self._on_waiting(effect)
                case Redeemed() | Refused():
                    self._end = effect
                    self._over.set()

    def _answered(self, ask: int, outcome: GuestPake | bytes | Deny) -> Sequence[GuestEffect]:
        return self._machine.answered(ask, outcome, now=self._clock.now())

    async def _begin_pake(self) -> GuestPake:
        # 5 ms of arithmetic without IO, and 7 ms below: a thread keeps them off the loop.
        link = self._part.link
        password = password_of(link.secret, self._code)
        entropy = self._entropy.draw(ENTROPY_BYTES)
        return await asyncio.to_thread(
            GuestPake.begin, password, guest=self._key.key, host=link.host, locator=link.locator, entropy=entropy
        )

    async def _finish_pake(self, ask: FinishPake) -> bytes | Deny:
        try:
            return await asyncio.to_thread(ask.pake.finish, ask.host_message)
        except RemoteProtocolError:
            return Deny("attempt.bad")

    async def _post(self, data: bytes) -> None:
        if self._mailbox is not None:
            with suppress(LinkLost):
                await self._mailbox.send(data)

    async def _part_ways(self) -> None:
        """Take an open knock back and close the mailbox, within a second."""
        with suppress(TimeoutError, LinkLost):
            async with asyncio.timeout(FAREWELL_S):
                if self._machine.state is not GuestState.DONE:
                    await self._carry_out(self._machine.withdraw())
                if self._mailbox is not None:
                    await self._mailbox.close()
