"""Cost as use cases: rate cards, bookings, and bills by sponsor, guest, session and resource (SPEC system 10)."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final
from uuid import UUID

from horizon_desktop.domain.decision import Deny
from horizon_desktop.domain.events import CostRecorded
from horizon_desktop.domain.instants import Instant
from horizon_desktop.domain.usage.amounts import ZERO, ResourceType, amount, positive
from horizon_desktop.domain.usage.cost import Attribution, Bill, CostEntry, RateCard, card_for, cost_of
from horizon_desktop.errors import UsageError
from horizon_desktop.ports.bus import Bus
from horizon_desktop.ports.clock import Clock
from horizon_desktop.ports.entropy import Entropy
from horizon_desktop.ports.usage import CostStore, RepeatKey
from horizon_desktop.services.quotas import LOCAL_TENANT

_CURRENCY: Final = re.compile(r"[A-Z]{3}", re.ASCII)
_UUID_BYTES: Final = 16
DEFAULT_CURRENCY: Final = "EUR"


class CostService:
    """Prices, books and bills. Commits of quotas book by themselves (EphemeralQuotaService.commit)."""

    def __init__(self, *, store: CostStore, bus: Bus, clock: Clock, entropy: Entropy) -> None:
        self._store = store
        self._bus = bus
        self._clock = clock
        self._entropy = entropy

    async def set_price(
        self,
        resource: ResourceType,
        price: Decimal,
        *,
        model: str = "",
        currency: str = DEFAULT_CURRENCY,
        valid_from: Instant | None = None,
        tenant: UUID = LOCAL_TENANT,
    ) -> RateCard:
        """Keep a rate card: the price of one unit from a moment on, for one model or for all.

        Raises:
            UsageError: usage.amount; cost.currency (not three capital letters, or another one than the cards before).
        """
        now = self._now()
        cards = await self._store.cards()
        if not _CURRENCY.fullmatch(currency) or any(card.currency != currency for card in cards):
            raise UsageError(
                f"all prices are in one currency of three capital letters, got {currency!r}", code="cost.currency"
            )
        card = RateCard(
            id=self._new_id(),
            tenant_id=tenant,
            resource_type=resource,
            model=model,
            price=amount(price),
            currency=currency,
            valid_from=valid_from or now,
            created_at=now,
        )
        await self._store.add_card(card)
        return card

    async def price_of(self, resource: ResourceType, *, model: str = "") -> Decimal:
        """Return what one unit costs now; 0 without a card."""
        card = card_for(await self._store.cards(), resource, model, at=self._now())
        return ZERO if card is None else card.price

    async def currency(self) -> str:
        """Return the currency of all prices."""
        cards = await self._store.cards()
        return cards[-1].currency if cards else DEFAULT_CURRENCY

    async def cards(self) -> Sequence[RateCard]:
        """Return every rate card, oldest first."""
        return await self._store.cards()

    async def book(
        self,
        *,
        sponsor: str,
        beneficiary: str,
        resource: ResourceType,
        quantity: Decimal,
        session: str = "",
        quota_id: UUID | None = None,
        model: str = "",
        tenant: UUID = LOCAL_TENANT,
        key: str | None = None,
    ) -> CostEntry | Deny:
        """Book a use at today's price that no quota counts; publish CostRecorded when it names a quota.

        Refused: repeat.differs. Raises UsageError: usage.amount.
        """
        exact = positive(quantity)
        rate = await self.price_of(resource, model=model)
        entry = CostEntry(
            id=self._new_id(),
            tenant_id=tenant,
            quota_id=quota_id,
            sponsor_id=sponsor,
            beneficiary_id=beneficiary,
            session_id=session,
            resource_type=resource,
            quantity=exact,
            rate=rate,
            cost=amount(cost_of(exact, rate)),
            booked_at=self._now(),
        )
        repeat = None
        if key is not None:
            asked = f"{sponsor}|{beneficiary}|{resource.value}|{exact}|{session}|{quota_id}"
            repeat = RepeatKey(scope="cost.book", key=key, request=asked)
        booked = await self._store.book(entry, repeat=repeat)
        if isinstance(booked, CostEntry) and booked.id == entry.id and quota_id is not None:
            self._bus.publish(CostRecorded(quota_id=quota_id, sponsor_id=sponsor, cost=entry.cost))
        return booked

    async def entries(
        self,
        *,
        since: Instant,
        until: Instant,
        sponsor: str | None = None,
        quota_id: UUID | None = None,
        session: str | None = None,
    ) -> Sequence[CostEntry]:
        """Return what was booked from `since` until just before `until`, oldest first."""
        return await self._store.entries(
            since=since, until=until, sponsor=sponsor, quota_id=quota_id, session_id=session
        )

    async def bill(self, by: Attribution, *, since: Instant, until: Instant, sponsor: str | None = None) -> Bill:
        """Return the bill of a span, split by sponsor, beneficiary, session or resource; exact to the last digit."""
        return await self._store.bill(by, since=since, until=until, sponsor=sponsor)

    def _now(self) -> Instant:
        return self._clock.now().instant

    def _new_id(self) -> UUID:
        return UUID(bytes=self._entropy.draw(_UUID_BYTES), version=4)
