"""UsageDesk: what any front may ask about quotas, pools, cost and time windows."""

from datetime import date, time
from decimal import Decimal
from typing import Final, TypeVar
from uuid import UUID

from horizon_desktop.bridge.usage_csv import entries_csv
from horizon_desktop.bridge.usage_overview import month_of, overview, window_view
from horizon_desktop.bridge.usage_views import PoolSpec, QuotaSpec, UsageView, WindowSpec, WindowView
from horizon_desktop.domain.decision import Deny
from horizon_desktop.domain.ids import SessionId
from horizon_desktop.domain.instants import Instant
from horizon_desktop.domain.time_window import TimeWindow
from horizon_desktop.domain.usage.amounts import ResourceType
from horizon_desktop.domain.usage.pool import PoolType
from horizon_desktop.errors import PolicyRefused, QuotaRefused, UsageError
from horizon_desktop.ports.clock import Clock
from horizon_desktop.services.policies import DENIED
from horizon_desktop.services.usage import Usage

ValueT = TypeVar("ValueT")
HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS


class UsageDesk:
    """Every call raises HorizonError and nothing else: UsageError for bad input, QuotaRefused for a rule's no,
    PolicyRefused for a policy's.

    `QuotaRefused.key` is the rule (`pool.over`), `values["detail"]` what the rule adds: what is left, when it opens.
    Whatever changes is told on the bus (QuotaChanged, QuotaWarned, PoolChanged, AllocationChanged): read again then.
    """

    def __init__(self, usage: Usage, *, clock: Clock, person: UUID, name: str) -> None:
        """Store whose desk it is.

        Args:
            person: Who approves and sponsors here (`sponsor_id_of` the device's key).
            name: What this profile is called as a sponsor and as a user of pools: its peer id.
        """
        self._usage = usage
        self._clock = clock
        self._person = person
        self._name = name

    # --- read ---
    async def overview(self) -> UsageView:
        """Return everything of this month."""
        return await overview(self._usage, now=self._now())

    async def export_csv(self) -> str:
        """Return what was booked this month as CSV with a heading, one line an entry, oldest first."""
        since, until = month_of(self._now())
        entries = await self._usage.costs.entries(since=since, until=until)
        return entries_csv(entries, currency=await self._usage.costs.currency())

    # --- quotas ---
    async def give_quota(self, spec: QuotaSpec, *, identity: UUID | None = None) -> str:
        """Give somebody a quota, paid by this profile; return its id."""
        resource = _resource(spec.resource)
        quota = _value(
            await self._usage.quotas.create(
                identity=identity or self._person,
                sponsor=self._name,
                beneficiary=spec.beneficiary,
                resource=resource,
                limit=spec.limit,
                expires_at=self._now().plus(spec.hours * HOUR_MS),
                burst=spec.burst,
                cost_rate=await self._usage.costs.price_of(resource, model=spec.model),
                window_id=_optional_id(spec.window_id),
            )
        )
        return str(quota.id)

    async def extend_quota(self, quota_id: str, *, hours: int) -> None:
        """Let a quota last so much longer than it would."""
        known = await self._usage.quotas.find(_id(quota_id))
        end = known.expires_at.plus(hours * HOUR_MS) if known else self._now().plus(HOUR_MS)
        _value(await self._usage.quotas.extend(_id(quota_id), end))

    async def suspend_quota(self, quota_id: str, *, reason: str = "") -> None:
        _value(await self._usage.quotas.suspend(_id(quota_id), reason=reason))

    async def resume_quota(self, quota_id: str) -> None:
        _value(await self._usage.quotas.resume(_id(quota_id)))

    async def revoke_quota(self, quota_id: str, *, reason: str = "") -> None:
        _value(await self._usage.quotas.revoke(_id(quota_id), reason=reason))

    async def set_price(self, resource: str, price: Decimal, *, model: str = "", currency: str = "EUR") -> None:
        """Set the price of one unit from now on; quotas given before keep theirs."""
        await self._usage.costs.set_price(_resource(resource), price, model=model, currency=currency)

    # --- pools ---
    async def offer_pool(self, spec: PoolSpec) -> str:
        """Open a pool, sponsored by this profile; return its id."""
        pool = await self._usage.pools.create(
            name=spec.name,
            resource=_resource(spec.resource),
            total=spec.total,
            most_per_user=spec.most_per_user,
            kind=_kind(spec.kind),
            description=spec.description,
            least_per_request=spec.least_per_request,
            is_approval_asked=spec.is_approval_asked,
            auto_approve_domains=spec.auto_approve_domains,
            most_users=spec.most_users,
            expires_at=None if spec.days is None else self._now().plus(spec.days * DAY_MS),
            window_id=_optional_id(spec.window_id),
            sponsor=self._person,
        )
        return str(pool.id)

    async def pause_pool(self, pool_id: str) -> None:
        _value(await self._usage.pools.pause(_id(pool_id)))

    async def open_pool(self, pool_id: str) -> None:
        _value(await self._usage.pools.open(_id(pool_id)))

    async def close_pool(self, pool_id: str) -> None:
        _value(await self._usage.pools.close(_id(pool_id)))

    async def request_hours(
        self,
        pool_id: str,
        amount: Decimal,
        *,
        purpose: str = "",
        user: str = "",
        mail: str = "",
        key: str | None = None,
    ) -> str:
        """Ask a pool for an amount, for this profile or for `user`; return the request's id.

        Args:
            mail: A checked address of the user, for pools that approve by domain; empty otherwise.
            key: A name of this click, so that a second one asks for nothing more.
        """
        asked = await self._usage.pools.request(
            _id(pool_id), user=user or self._name, wanted=amount, purpose=purpose, mail=mail, key=key
        )
        return str(_value(asked).id)

    async def approve(self, allocation_id: str, *, amount: Decimal | None = None) -> None:
        """Approve a waiting request, in full or with less ("Change amount")."""
        _value(await self._usage.pools.approve(_id(allocation_id), approver=self._person, given=amount))

    async def decline(self, allocation_id: str) -> None:
        _value(await self._usage.pools.decline(_id(allocation_id), approver=self._person))

    async def release(self, allocation_id: str) -> None:
        """Give an allocation back, or withdraw a request."""
        _value(await self._usage.pools.release(_id(allocation_id)))

    # --- time windows and sessions ---
    async def windows(self) -> tuple[WindowView, ...]:
        now = self._now()
        return tuple(window_view(window, now) for window in await self._usage.windows.listing())

    async def add_window(self, spec: WindowSpec) -> WindowView:
        """Keep hours of the day. Raises UsageError: window.times, window.days, window.zone, window.name."""
        window = await self._usage.windows.create(
            name=spec.name,
            start=_wall(spec.start),
            end=_wall(spec.end),
            zone=spec.zone,
            days_of_week=frozenset(spec.days),
            blackout_dates=frozenset(_day(text) for text in spec.blackout_dates),
        )
        return window_view(window, self._now())

    async def kept_window(self, spec: WindowSpec) -> str:
        """Return the id of a window like this, made when there is none yet. Raises UsageError as `add_window`."""
        for known in await self.windows():
            if (known.start, known.end, known.zone) == (spec.start, spec.end, spec.zone) and (
                known.name, known.days, known.blackout_dates
            ) == (spec.name, spec.days, spec.blackout_dates):  # fmt: skip
                return known.window_id
        return (await self.add_window(spec)).window_id

    async def remove_window(self, window_id: str) -> None:
        _value(await self._usage.windows.remove(_id(window_id)))

    async def limit_session(self, session_id: str, *, window_id: str = "", quota_id: str = "") -> None:
        """Limit a hosted session to hours of the day, and give it a purse: a quota its metered use is debited from."""
        await self._usage.windows.limit_session(
            SessionId(bytes.fromhex(session_id)), window_id=_optional_id(window_id), quota_id=_optional_id(quota_id)
        )

    async def session_window(self, session_id: str) -> TimeWindow | None:
        """Return the window that a session carries."""
        limits = await self._usage.windows.limits_of(SessionId(bytes.fromhex(session_id)))
        return None if limits.time_window_id is None else await self._usage.windows.find(limits.time_window_id)

    def _now(self) -> Instant:
        return self._clock.now().instant


def _value(answer: ValueT | Deny) -> ValueT:
    if isinstance(answer, Deny) and answer.rule == DENIED:
        raise PolicyRefused(answer.detail, reason=answer.detail)
    if isinstance(answer, Deny):
        raise QuotaRefused(f"{answer.rule}: {answer.detail}", code=answer.rule, detail=answer.detail)
    return answer


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as exc:
        raise UsageError("that is not the id of a quota, a pool or a request", code="usage.id") from exc


def _optional_id(text: str) -> UUID | None:
    return _id(text) if text else None


def _resource(text: str) -> ResourceType:
    try:
        return ResourceType(text)
    except ValueError as exc:
        raise UsageError(
            f"no resource {text!r}: expected one of {', '.join(ResourceType)}", code="usage.resource"
        ) from exc


def _kind(text: str) -> PoolType:
    try:
        return PoolType(text)
    except ValueError as exc:
        raise UsageError(f"no kind of pool {text!r}: expected one of {', '.join(PoolType)}", code="pool.kind") from exc


def _wall(text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError as exc:
        raise UsageError(f"a time of day is HH:MM, got {text!r}", code="window.times") from exc


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as exc:
        raise UsageError(f"a date is YYYY-MM-DD, got {text!r}", code="window.blackouts") from exc
