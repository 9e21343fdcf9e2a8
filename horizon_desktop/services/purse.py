"""SessionPurse: what a running session uses is metered, debited from its quota, and stopped when that is spent."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Final, Protocol
from uuid import UUID

import msgspec
import structlog

from horizon_desktop.domain.decision import Deny
from horizon_desktop.domain.ids import SessionId, session_text
from horizon_desktop.domain.instants import Instant
from horizon_desktop.domain.usage.amounts import ZERO, ResourceType, gibibytes_of, hours_of
from horizon_desktop.domain.usage.facts import PurseMoved
from horizon_desktop.domain.usage.purse import PurseWish
from horizon_desktop.domain.usage.quota import EphemeralQuota
from horizon_desktop.errors import AccessRefused, QuotaRefused, StoreUnavailable, UsageError
from horizon_desktop.ports.bus import Bus
from horizon_desktop.ports.clock import Clock
from horizon_desktop.ports.telemetry import Meters
from horizon_desktop.services.usage import Usage

_log = structlog.get_logger(__name__)

_MS: Final = 1000
_SPENT: Final = "quota.over"
_MEANWHILE: Final = frozenset({"window.closed", "policy.denied"})
"""Refusals that may end by themselves: an hour that closes, a policy that asks for the time of day."""


class SetCostly(Protocol):
    """Lets what costs go on, or stops it."""

    def __call__(self, *, is_on: bool) -> Awaitable[None]: ...


class PurseParts(msgspec.Struct, frozen=True, kw_only=True):
    """What a purse is built from."""

    session: SessionId
    usage: Usage
    meters: Meters
    bus: Bus
    clock: Clock
    interval_s: int
    carried_bytes: Callable[[], int]
    """What the session's links have carried so far, both ways."""
    set_costly: SetCostly


class SessionPurse:
    """One for each hosted session; without a quota it does nothing. `open` or `load` it, then `run`."""

    def __init__(self, parts: PurseParts) -> None:
        self._parts = parts
        self._quota_id: UUID | None = None
        self._resource = ResourceType.CPU_HOURS
        self._base = 0
        """The meter's reading when metering began."""
        self._debited = ZERO
        """In the resource's unit, of what was metered since then."""
        self._stopped = ""
        """Why what costs is stopped, empty while it goes on."""
        self._refused = ""
        """By which of those the last debit was refused."""
        self._told: tuple[Decimal, str] | None = None

    @property
    def quota_id(self) -> UUID | None:
        return self._quota_id

    async def open(
        self, wish: PurseWish, *, sponsor: str, identity: UUID, beneficiary: str, until: Instant
    ) -> EphemeralQuota:
        """Give the session a purse.

        Args:
            until: The longest that the session can last.

        Raises:
            UsageError: purse.no_gpu, GPU hours are asked for where no GPU can be metered.
            AccessRefused: the policies, or the sponsor's standing quota, have not that much.
        """
        parts, text = self._parts, session_text(self._parts.session)
        if wish.resource is ResourceType.GPU_HOURS and parts.meters.gpu.busy_ms() is None:
            raise UsageError("no GPU here can be metered", code="purse.no_gpu")
        rate = wish.rate or await parts.usage.costs.price_of(wish.resource)
        quota = await parts.usage.quotas.create(
            identity=identity,
            sponsor=sponsor,
            beneficiary=beneficiary,
            resource=wish.resource,
            limit=wish.limit,
            burst=wish.burst,
            cost_rate=rate,
            expires_at=until,
            key=f"purse {text}",
        )
        if isinstance(quota, Deny):
            raise (AccessRefused if quota.rule.startswith("policy.") else QuotaRefused)(quota.detail, code=quota.rule)
        window_id = (await parts.usage.windows.limits_of(parts.session)).time_window_id
        await parts.usage.windows.limit_session(parts.session, window_id=window_id, quota_id=quota.id)
        self._take(quota)
        return quota

    async def load(self) -> None:
        """Take up the purse of a session that is resumed, if it had one."""
        limits = await self._parts.usage.windows.limits_of(self._parts.session)
        quota = None if limits.quota_id is None else await self._parts.usage.quotas.find(limits.quota_id)
        if quota is not None:
            self._take(quota)

    async def run(self) -> None:
        """Debit what was used every few seconds until cancelled."""
        while True:
            await self._parts.clock.sleep(self._parts.interval_s * _MS)
            try:
                await self.settle()
            except StoreUnavailable as trouble:  # what was used is debited with the next one
                _log.warning("purse.unsettled", code=trouble.key)

    async def settle(self) -> None:
        """Debit what was used since the last time; stop what costs, or free it, where that has changed."""
        if self._quota_id is None:
            return
        due = self._metered() - self._debited
        if due > 0:
            await self._debit(self._quota_id, due)
        await self._look_again(self._quota_id)

    async def close(self) -> None:
        """Debit the last of it, and give the rest back: the session is over."""
        await self.settle()
        if self._quota_id is not None:
            await self._parts.usage.quotas.revoke(self._quota_id, reason="the session is over")
            self._quota_id = None

    # --- inside ---
    def _take(self, quota: EphemeralQuota) -> None:
        self._quota_id, self._resource = quota.id, quota.resource_type
        self._base, self._debited = self._reading(), ZERO

    def _reading(self) -> int:
        match self._resource:
            case ResourceType.GPU_HOURS:
                return self._parts.meters.gpu.busy_ms() or self._base
            case ResourceType.NETWORK_GIB:
                return self._parts.carried_bytes()
            case _:
                return self._parts.meters.process.cpu_ms()

    def _metered(self) -> Decimal:
        count = max(0, self._reading() - self._base)
        return gibibytes_of(count) if self._resource is ResourceType.NETWORK_GIB else hours_of(count)

    async def _debit(self, quota_id: UUID, due: Decimal) -> None:
        """Debit what is due. Use that went beyond the burst is nobody's: it is not counted, and stops what costs."""
        text = session_text(self._parts.session)
        settled = await self._parts.usage.quotas.use(quota_id, due, session=text, is_partial=True)
        self._debited += due
        self._refused = settled.rule if isinstance(settled, Deny) and settled.rule in _MEANWHILE else ""

    async def _look_again(self, quota_id: UUID) -> None:
        quota = await self._parts.usage.quotas.find(quota_id)
        if quota is None:
            return
        decision = quota.is_live(self._parts.clock.now().instant)
        reason = self._refused or (_SPENT if quota.is_spent else "")
        await self._turn(quota_id, decision.rule if isinstance(decision, Deny) else reason)
        told = (quota.used_value, self._stopped)
        if told != self._told:
            self._told = told
            self._tell(quota)

    async def _turn(self, quota_id: UUID, reason: str) -> None:
        if bool(reason) == bool(self._stopped):
            return
        self._stopped = reason
        _log.info("purse.stopped" if reason else "purse.freed", quota_id=str(quota_id), reason=reason)
        await self._parts.set_costly(is_on=not reason)

    def _tell(self, quota: EphemeralQuota) -> None:
        self._parts.bus.publish(
            PurseMoved(
                session_id=session_text(self._parts.session),
                quota_id=quota.id,
                resource=quota.resource_type.value,
                used=quota.used_value,
                limit=quota.limit_value,
                ceiling=quota.ceiling,
                cost=quota.actual_cost,
                is_stopped=bool(self._stopped),
                reason=self._stopped,
            )
        )
