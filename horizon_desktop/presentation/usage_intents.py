"""What a person asks of quotas and pools: one row of the dispatcher's table each."""

from horizon_desktop.presentation.intents import Intent


class ApproveRequest(Intent, frozen=True):
    """Give what was asked for, or less."""

    allocation_id: str
    amount: str = ""
    """A figure; empty: as asked."""


class DeclineRequest(Intent, frozen=True):
    allocation_id: str


class RequestHours(Intent, frozen=True):
    """Ask a pool for an amount."""

    pool_id: str
    amount: str
    purpose: str
    key: str
    """A name of this click: a second one with it asks for nothing more."""


class OfferPool(Intent, frozen=True):
    """Give something away for others to ask for."""

    name: str
    resource: str
    total: str
    most_per_user: str


class ExportUsage(Intent, frozen=True):
    """Save what was booked this month as a table."""


class GiveQuota(Intent, frozen=True):
    """Give somebody a quota that this person pays for."""

    beneficiary: str
    resource: str
    limit: str
    hours: int
    """How long it lasts from now."""
    burst: str = "1"
    """Times the limit that may be used in all."""
