"""What a person asks of quotas and pools: read, decide, request, offer, export."""

from collections.abc import Callable, Coroutine, Mapping
from decimal import Decimal
from typing import Any, Final

import msgspec
import structlog

from horizon_desktop.bridge.usage_views import PoolSpec, QuotaSpec
from horizon_desktop.errors import HorizonError
from horizon_desktop.presentation import intents, usage_intents
from horizon_desktop.presentation.facts import Told, UsageRead
from horizon_desktop.presentation.usage import UsageReading
from horizon_desktop.shell.desk import Desk
from horizon_desktop.shell.save_file import save_file

Handler = Callable[[Desk, Any], Coroutine[Any, Any, None]]
log: Final = structlog.get_logger(__name__)
TABLE_NAME: Final = "horizon-usage.csv"


async def read_usage(desk: Desk) -> None:
    """Read quotas, cost and pools; a profile that cannot read them shows no such page."""
    try:
        view = await desk.call(desk.bridge.usage.overview())
    except HorizonError as error:
        log.info("usage.unread", key=error.key)
        return
    desk.store.apply(UsageRead(usage=msgspec.convert(view, UsageReading, from_attributes=True)))


async def show_page(desk: Desk, intent: intents.ShowPage) -> None:
    """The page of quotas and pools is read anew each time it is shown."""
    if intent.page == "usage":
        await read_usage(desk)


async def approve(desk: Desk, intent: usage_intents.ApproveRequest) -> None:
    """Give what was asked for, or less; whatever came of it, show how it is."""
    amount = Decimal(intent.amount) if intent.amount else None
    try:
        await desk.call(desk.bridge.usage.approve(intent.allocation_id, amount=amount))
    finally:
        await read_usage(desk)


async def decline(desk: Desk, intent: usage_intents.DeclineRequest) -> None:
    """Give nothing."""
    try:
        await desk.call(desk.bridge.usage.decline(intent.allocation_id))
    finally:
        await read_usage(desk)


async def request_hours(desk: Desk, intent: usage_intents.RequestHours) -> None:
    """Ask a pool."""
    asking = desk.bridge.usage.request_hours(
        intent.pool_id, Decimal(intent.amount), purpose=intent.purpose, key=intent.key
    )
    await desk.call(asking)
    await read_usage(desk)
    desk.store.apply(Told(key="toast.requested"))


async def offer_pool(desk: Desk, intent: usage_intents.OfferPool) -> None:
    """Open a pool; requests to it wait for this person."""
    spec = PoolSpec(
        name=intent.name,
        total=Decimal(intent.total),
        most_per_user=Decimal(intent.most_per_user),
        resource=intent.resource,
        least_per_request=min(Decimal(1), Decimal(intent.most_per_user)),
    )
    await desk.call(desk.bridge.usage.offer_pool(spec))
    await read_usage(desk)


async def give_quota(desk: Desk, intent: usage_intents.GiveQuota) -> None:
    """Give somebody a quota; it counts at once."""
    spec = QuotaSpec(
        beneficiary=intent.beneficiary,
        limit=Decimal(intent.limit),
        resource=intent.resource,
        hours=intent.hours,
        burst=Decimal(intent.burst),
    )
    await desk.call(desk.bridge.usage.give_quota(spec))
    await read_usage(desk)


async def export_usage(desk: Desk, intent: usage_intents.ExportUsage) -> None:
    """Save this month's bookings where the person chooses."""
    del intent
    table = await desk.call(desk.bridge.usage.export_csv())
    desk.dialogs.choose_target(TABLE_NAME, lambda path: desk.store.apply(save_file(path, table.encode())))


HANDLERS: Final[Mapping[type, Handler]] = {
    intents.ShowPage: show_page,
    usage_intents.ApproveRequest: approve,
    usage_intents.DeclineRequest: decline,
    usage_intents.RequestHours: request_hours,
    usage_intents.OfferPool: offer_pool,
    usage_intents.GiveQuota: give_quota,
    usage_intents.ExportUsage: export_usage,
}
