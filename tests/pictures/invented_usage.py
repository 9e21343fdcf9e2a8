"""The invented quotas, sponsors, pools and requests of picture 09, through the selector of this version."""

from decimal import Decimal

from horizon_desktop.domain.instants import Instant
from horizon_desktop.presentation.select_usage import usage_view
from horizon_desktop.presentation.state import AppState, Profile
from horizon_desktop.presentation.usage import Pool, Quota, Request, Sponsor, UsageReading
from horizon_desktop.presentation.usage_page import UsagePageView

NOW = Instant(1_795_305_600_000)  # 22 November 2026, 00:00 UTC
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
ME = "11" * 32
STRATUS, PLOVER = "a1" * 16, "b2" * 16
GROUP, NIGHT, BOUNTY, DEBUG = ("01" * 16, "02" * 16, "03" * 16, "04" * 16)


def _pool(pool_id: str, name: str, *, total: int, left: int, users: int, kind: str = "shared", **more: object) -> Pool:
    given = {"hours": "", "expires_at": None, "waiting": 0, "most_users": None, **more}
    return Pool(
        pool_id=pool_id,
        name=name,
        description="",
        kind=kind,
        resource="gpu_hours",
        total=Decimal(total),
        left=Decimal(left),
        users=users,
        status="active",
        is_nearly_empty=left * 10 < total,
        **given,  # type: ignore[arg-type]
    )


def _request(
    allocation_id: str, user: str, amount: int, pool_id: str, pool: str, *, hours_ago: float, **more: object
) -> Request:
    given = {"status": "pending", "purpose": "", "decided_at": None, "is_self_approved": False, **more}
    return Request(
        allocation_id=allocation_id,
        pool_id=pool_id,
        pool_name=pool,
        user=user,
        resource="gpu_hours",
        amount=Decimal(amount),
        asked_at=NOW.plus(-int(hours_ago * HOUR_MS)),
        left_after=Decimal(10),
        user_cap=Decimal(60),
        cost=Decimal(3 * amount),
        **given,  # type: ignore[arg-type]
    )


def reading() -> UsageReading:
    """Return what the bridge would tell of the picture's month."""
    return UsageReading(
        until=NOW.plus(9 * DAY_MS),
        currency="EUR",
        quotas=(
            Quota(
                quota_id="ab" * 16,
                resource="gpu_hours",
                sponsor=ME,
                beneficiary=ME,
                limit=Decimal(500),
                used=Decimal(412),
                reserved=Decimal(38),
                ceiling=Decimal(650),
                status="active",
                expires_at=NOW.plus(9 * DAY_MS),
                forecast=Decimal(486),
            ),
        ),
        sponsors=(
            Sponsor(
                sponsor="Group allocation", quantities={"gpu_hours": Decimal(268)}, cost=Decimal(804), share_percent=65
            ),
            Sponsor(sponsor="Grant HX-114", quantities={"gpu_hours": Decimal(96)}, cost=Decimal(288), share_percent=23),
            Sponsor(sponsor="Donated pool", quantities={"gpu_hours": Decimal(48)}, cost=Decimal(144), share_percent=12),
        ),
        cost=Decimal(1236),
        pools=(
            _pool(GROUP, "Group allocation", total=500, left=50, users=9),
            _pool(NIGHT, "Night pool", total=48, left=29, users=6, hours="22:00-06:00 Europe/Berlin"),
            _pool(
                BOUNTY,
                "Bounty: speed up data loader",
                total=12,
                left=8,
                users=2,
                kind="bounty",
                waiting=1,
                expires_at=NOW.plus(2 * DAY_MS),
            ),
            _pool(DEBUG, "Debug pool", total=24, left=1, users=14),
        ),
        waiting=(
            _request(
                STRATUS,
                "stratus",
                40,
                GROUP,
                "Group allocation",
                hours_ago=3,
                purpose="Two more seeds for the ablation table, due Friday.",
            ),
            _request(PLOVER, "plover", 9, NIGHT, "Night pool", hours_ago=0.7, purpose="Rerun on the corrected split."),
        ),
        decided=(
            _request(
                "c3" * 16,
                "kestrel",
                20,
                NIGHT,
                "Night pool",
                hours_ago=30,
                status="approved",
                decided_at=NOW.plus(-DAY_MS),
            ),
            _request(
                "d4" * 16,
                "lyric",
                200,
                GROUP,
                "Group allocation",
                hours_ago=100,
                status="declined",
                decided_at=NOW.plus(-4 * DAY_MS),
            ),
            _request(
                "e5" * 16,
                "merlin@lab.example",
                4,
                DEBUG,
                "Debug pool",
                hours_ago=120,
                status="approved",
                decided_at=NOW.plus(-5 * DAY_MS),
                is_self_approved=True,
            ),
        ),
    )


def state(usage: UsageReading | None = None) -> AppState:
    """Return an application that has read this."""
    profile = Profile(peer_id=ME, name="aurora", device="desk")
    return AppState(now=NOW, profile=profile, usage=usage or reading(), page="usage")


def usage() -> UsagePageView:
    """Return the page as pictured."""
    return usage_view(state())


def empty() -> UsagePageView:
    """Return the page of somebody who has neither quota nor pool."""
    nothing = UsageReading(
        until=NOW, currency="EUR", quotas=(), sponsors=(), cost=Decimal(0), pools=(), waiting=(), decided=()
    )
    return usage_view(state(nothing))
