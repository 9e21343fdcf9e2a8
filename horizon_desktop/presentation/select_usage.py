"""From what is known of use to the page Quotas and pools."""

import re
from typing import Final

from horizon_desktop.domain.instants import Instant
from horizon_desktop.presentation.home import HomeQuotaView
from horizon_desktop.presentation.people import BadgeView, identity_of, initials
from horizon_desktop.presentation.plain_text import TITLE_LENGTH, plain
from horizon_desktop.presentation.state import AppState
from horizon_desktop.presentation.usage import Pool, Quota, Request, Sponsor, UsageReading
from horizon_desktop.presentation.usage_page import (
    DecidedRowView,
    PoolRowView,
    QuotaCardView,
    RequestCardView,
    SponsorRowView,
    UsagePageView,
    bar_of,
    figure,
    money,
    permille,
)
from horizon_desktop.presentation.wording import Words

_MINUTE_MS: Final = 60_000
_HOUR_MS: Final = 60 * _MINUTE_MS
_DAY_MS: Final = 24 * _HOUR_MS
_SHORT: Final = 8
_KEY: Final = re.compile(r"[0-9a-f]{64}")
"""A person that is named by a key alone."""


def usage_view(state: AppState) -> UsagePageView:
    """Return the page; nothing but a line while the first reading is on its way."""
    reading = state.usage
    if reading is None:
        return UsagePageView(is_read=False)
    return UsagePageView(
        quotas=tuple(_quota(state, quota) for quota in reading.quotas),
        sponsors=tuple(_sponsor(state, line, reading) for line in reading.sponsors),
        cost=money(reading.cost, reading.currency),
        pools=tuple(_pool(state, pool) for pool in reading.pools),
        waiting=tuple(_request(state, request, reading) for request in reading.waiting),
        decided=tuple(_decided(state, request) for request in reading.decided),
        is_empty=not (reading.quotas or reading.sponsors or reading.pools or reading.waiting or reading.decided),
    )


def requests_waiting(state: AppState) -> int:
    """Return how many requests this person may decide: the count in the side bar."""
    return 0 if state.usage is None else len(state.usage.waiting)


def home_quota(state: AppState) -> HomeQuotaView | None:
    """Return the card of the own quota that has the most in it; None without one."""
    reading, own = state.usage, state.profile.peer_id if state.profile else ""
    mine = (
        [quota for quota in reading.quotas if quota.beneficiary == own and quota.status == "active"] if reading else []
    )
    if reading is None or not mine:
        return None
    quota = max(mine, key=lambda quota: (quota.limit, quota.quota_id))
    card = _quota(state, quota)
    parts = "".join(f".{name}" for name, text in (("reserved", card.reserved), ("burst", card.ceiling)) if text)
    line = Words(f"home.quota{parts}", {"reserved": card.reserved, "ceiling": card.ceiling}) if parts else card.ends
    return HomeQuotaView(
        resource=quota.resource,
        used=card.used,
        limit=card.limit,
        line=line,
        bar=card.bar,
        is_over=card.is_over,
        requests=len(reading.waiting),
        oldest=_age(state.now, reading.waiting[0].asked_at, "home.oldest") if reading.waiting else None,
    )


def person_name(state: AppState, name: str) -> str:
    """Return what a sponsor or a user is called here: a person's own key as their name, a stranger's shortened."""
    if state.profile is not None and name == state.profile.peer_id:
        return plain(state.profile.name)
    for people in state.ephemeral_participants.values():
        for person in people:
            if person.peer_id == name:
                return plain(person.name)
    return name[:_SHORT] if _KEY.fullmatch(name) else plain(name, limit=TITLE_LENGTH)


def _quota(state: AppState, quota: Quota) -> QuotaCardView:
    own = state.profile.peer_id if state.profile else ""
    if quota.beneficiary == own:
        mine = quota.sponsor in {own, ""}
        key, name = ("usage.quota.mine", "") if mine else ("usage.quota.from", person_name(state, quota.sponsor))
    else:
        key, name = "usage.quota.for", person_name(state, quota.beneficiary)
    is_over = quota.used > quota.limit or (quota.forecast is not None and quota.forecast > quota.limit)
    forecast = None
    if quota.forecast is not None and quota.status == "active":
        forecast = Words(
            "usage.forecast.over" if is_over else "usage.forecast.fine", {"amount": figure(quota.forecast)}
        )
    return QuotaCardView(
        quota_id=quota.quota_id,
        resource=quota.resource,
        owner=Words(key, {"unit": quota.resource, "name": name}),
        ends=_until(state.now, quota.expires_at, "usage.ends"),
        used=figure(quota.used),
        limit=figure(quota.limit),
        reserved=figure(quota.reserved) if quota.reserved else "",
        ceiling=figure(quota.ceiling) if quota.ceiling > quota.limit else "",
        bar=bar_of(used=quota.used, reserved=quota.reserved, limit=quota.limit, ceiling=quota.ceiling),
        forecast=forecast,
        is_over=is_over,
        state=quota.status,
    )


def _sponsor(state: AppState, line: Sponsor, reading: UsageReading) -> SponsorRowView:
    resource, amount = max(line.quantities.items(), key=lambda item: item[1], default=("", None))
    return SponsorRowView(
        name=person_name(state, line.sponsor),
        icon="building-2",
        share=line.share_percent * 10,
        amount=figure(amount) if amount is not None else "",
        resource=resource,
        cost=money(line.cost, reading.currency),
    )


def _pool(state: AppState, pool: Pool) -> PoolRowView:
    values: dict[str, str | int] = {"n": pool.users}
    if pool.hours:
        values["hours"] = plain(pool.hours, limit=TITLE_LENGTH)
    if pool.most_users is not None:
        values["most"] = pool.most_users
    key = "usage.pool" + (".most" if pool.most_users is not None else "") + (".hours" if pool.hours else "")
    amounts: dict[str, str | int] = {"left": figure(pool.left), "total": figure(pool.total), "unit": pool.resource}
    left = Words("usage.left", amounts)
    if pool.expires_at is not None:
        ends = _until(state.now, pool.expires_at, "usage.left.ends")
        left = Words(ends.key, {**amounts, **ends.values})
    return PoolRowView(
        pool_id=pool.pool_id,
        name=plain(pool.name, limit=TITLE_LENGTH),
        kind=pool.kind,
        line=Words(key, values),
        taken=permille(pool.total - pool.left, pool.total),
        left=left,
        state=_pool_state(pool),
        may_request=pool.status == "active" and pool.left > 0,
    )


def _pool_state(pool: Pool) -> str:
    if pool.status != "active":
        return pool.status
    if pool.kind == "bounty" and pool.waiting:
        return "review"
    return "low" if pool.is_nearly_empty else "open"


def _request(state: AppState, request: Request, reading: UsageReading) -> RequestCardView:
    pool = next((pool for pool in reading.pools if pool.pool_id == request.pool_id), None)
    name = person_name(state, request.user)
    total = figure(pool.total) if pool is not None else ""
    return RequestCardView(
        allocation_id=request.allocation_id,
        badge=BadgeView(
            peer_id=request.user, name=name, initials=initials(name), color=identity_of(sum(request.user.encode()))
        ),
        age=_age(state.now, request.asked_at),
        what=Words(
            "usage.request", {"n": figure(request.amount), "unit": request.resource, "pool": plain(request.pool_name)}
        ),
        purpose=plain(request.purpose, limit=4 * TITLE_LENGTH),
        left_after=Words(
            "usage.left_after", {"left": figure(request.left_after), "total": total, "unit": request.resource}
        ),
        cost=Words(
            "usage.cost.cap",
            {
                "cost": money(request.cost, reading.currency),
                "name": name,
                "cap": figure(request.user_cap),
                "unit": request.resource,
            },
        ),
        amount=f"{request.amount.normalize():f}",
        unit=request.resource,
        is_deciding=request.allocation_id in state.deciding,
    )


def _decided(state: AppState, request: Request) -> DecidedRowView:
    is_approved = request.status in {"approved", "released", "expired"} and request.decided_at is not None
    key = "usage.decided.declined"
    if is_approved:
        key = "usage.decided.rule" if request.is_self_approved else "usage.decided.approved"
    if request.status == "released":
        key = "usage.decided.released"
    values: dict[str, str | int] = {
        "n": figure(request.amount),
        "unit": request.resource,
        "name": person_name(state, request.user),
    }
    return DecidedRowView(
        is_approved=is_approved, line=Words(key, values), day=_day(state, request.decided_at or request.asked_at)
    )


def _until(now: Instant, moment: Instant, key: str) -> Words:
    left_ms = max(0, moment.since(now))
    if left_ms >= 2 * _DAY_MS:
        return Words(f"{key}.days", {"n": left_ms // _DAY_MS})
    if left_ms >= 2 * _HOUR_MS:
        return Words(f"{key}.hours", {"n": left_ms // _HOUR_MS})
    return Words(f"{key}.minutes", {"n": max(1, -(-left_ms // _MINUTE_MS))})


def _age(now: Instant, moment: Instant, key: str = "age") -> Words:
    passed_ms = max(0, now.since(moment))
    if passed_ms >= _DAY_MS:
        return Words(f"{key}.days", {"n": passed_ms // _DAY_MS})
    if passed_ms >= _HOUR_MS:
        return Words(f"{key}.hours", {"n": passed_ms // _HOUR_MS})
    return Words(f"{key}.minutes", {"n": passed_ms // _MINUTE_MS}) if passed_ms >= _MINUTE_MS else Words(f"{key}.now")


def _day(state: AppState, moment: Instant) -> str:
    """Return a day as ISO writes it, in local time: 2026-11-18."""
    return moment.plus(state.utc_offset_s * 1000).iso()[:10]
