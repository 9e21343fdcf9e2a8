"""The invented people, sessions and invites that the design's pictures show, as view models of this version."""

from horizon_desktop.presentation.access_lines import Reader, access_rows
from horizon_desktop.presentation.approval import ApprovalView
from horizon_desktop.presentation.expiry import time_view
from horizon_desktop.presentation.first_run import FirstRunView
from horizon_desktop.presentation.frame import SideBarView, StatusBarView, StatusItem, status_items
from horizon_desktop.presentation.home import CardAction, HomeView, SessionCardView, subtitle_of, summary_of
from horizon_desktop.presentation.join import (
    DeviceCardView,
    FormState,
    FormView,
    HostCardView,
    JoinView,
    PreviewState,
    duration_words,
    form_state_of,
)
from horizon_desktop.presentation.new_session import NewSessionView, SessionDraft, new_session_view
from horizon_desktop.presentation.people import BadgeView
from horizon_desktop.presentation.presence_bar import QualityView
from horizon_desktop.presentation.share import InviteState, ShareView
from horizon_desktop.presentation.wording import Words

AURORA_PICTURES = (0, 24, 53, 62, 40, 46, 15)
KESTREL_PICTURES = (45, 56, 50, 22, 54, 42, 2)
SESSION_PICTURES = (4, 34, 25, 41, 58, 52, 29)
PAIR = {"edits": 2, "cursors": 2, "chat": 2}
REVIEW = {"edits": 1, "cursors": 2, "chat": 2}
LINK = "horizon://join/AQA3QWMW2XKcT9dR5nYb3hJ0gAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAgICAgICAgICAgICAgICAgEAD2h1Yi5leGFtcGxlOjc0NDM"
WEB_LINK = "https://hub.example/join/7Q4MW2XKcT9dR5nYb3hJ0g#AQA3QWMW2XKcT9dR5nYb3hJ0gAQEBAQEBAQEBAQEBAQEBAQEBAQEB"
FULL_KEY = "3f9a1c5e7b2d4806a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718"


def badge(name: str, color: int, *, is_here: bool = True) -> BadgeView:
    return BadgeView(peer_id=f"{color + 1:x}" * 64, name=name, initials=name[:2].upper(), color=color, is_here=is_here)


AURORA = badge("aurora", 0)
KESTREL = badge("kestrel", 1)
BASALT = badge("basalt", 2)
SIDE = SideBarView(page="home", badge=AURORA, pictures=AURORA_PICTURES, has_usage=True, requests=2)
STATUS = StatusBarView(
    items=(
        *status_items(key_home="keyring"),
        StatusItem(icon="waypoints", tone="ok", words=Words("status.hub.ms", {"n": 24})),
        *status_items(key_home="", skew_minutes=0),
    ),
    version="1.0",
)


def first_run() -> FirstRunView:
    return FirstRunView(name="aurora", pictures=AURORA_PICTURES)


def home() -> HomeView:
    open_card = SessionCardView(
        session_id="a" * 64,
        title="Fix the loss spike",
        session_type="pair",
        subtitle=subtitle_of(session_type="pair", files=("trainer.py", "a", "b", "c")),
        badges=(AURORA, KESTREL, BASALT),
        more=0,
        quality=QualityView(bars=4, path="direct", rtt_ms=18),
        is_waiting=False,
        is_interrupted=False,
        time=time_view(2538, 3600),
        action=CardAction.OPEN,
        is_host=True,
    )
    many_card = SessionCardView(
        session_id="b" * 64,
        title="Cross-site fine-tune",
        session_type="pair",
        subtitle=subtitle_of(session_type="pair", files=("round.py", "a")),
        badges=(AURORA, badge("strata", 5), badge("plume", 6, is_here=False)),
        more=2,
        quality=QualityView(bars=3, path="relay", rtt_ms=64),
        is_waiting=False,
        is_interrupted=False,
        time=time_view(587, 3600),
        action=CardAction.OPEN,
        is_host=True,
    )
    waiting_card = SessionCardView(
        session_id="c" * 64,
        title="Review of ablation run",
        session_type="review",
        subtitle=subtitle_of(session_type="review", files=()),
        badges=(),
        more=0,
        quality=None,
        is_waiting=True,
        is_interrupted=False,
        time=time_view(3456, 3600),
        action=CardAction.SHOW_INVITE,
        is_host=True,
    )
    cards = (open_card, many_card, waiting_card)
    return HomeView(summary=summary_of(sessions=3, next_end_minutes=9), cards=cards)


def empty_home() -> HomeView:
    return HomeView(summary=summary_of(sessions=0, next_end_minutes=0))


def new_session(draft: SessionDraft | None = None) -> NewSessionView:
    files = tuple(f"/home/aurora/runs/loss-spike/{name}" for name in ("trainer.py", "a.py", "b.py", "c.md"))
    chosen = draft or SessionDraft(title="Fix the loss spike", files=files, guests=2)
    return new_session_view(chosen, ends_at="16:40", files=len(chosen.files), longest_minutes=480)


def approval(seconds_left: int = 120) -> ApprovalView:
    return ApprovalView(
        session_id="a" * 64,
        peer_id="1" * 64,
        name="kestrel",
        title="Fix the loss spike",
        session_type="pair",
        badge=KESTREL,
        device="lab-laptop \u00b7 Linux x86_64 \u00b7 Horizon 1.0",
        is_known=False,
        pictures=SESSION_PICTURES,
        access=access_rows(PAIR, reader=Reader.HOST, files=4),
        role="editor",
        may_view_only=True,
        seconds_left=seconds_left,
    )


def share(*, state: InviteState = InviteState.OPEN, knock: ApprovalView | None = None) -> ShareView:
    return ShareView(
        session_id="a" * 64,
        title="Fix the loss spike",
        session_type="pair",
        minutes=60,
        places=2,
        places_taken=0,
        name="7Q4M",
        state=state,
        link=WEB_LINK,
        app_link=LINK,
        is_web=True,
        has_web=True,
        is_lan_only=False,
        code="K7QF-2M97",
        is_code_hidden=False,
        link_copied_s=1,
        code_copied_s=-1,
        time=time_view(3527, 3600),
        ends_with_session=True,
        tries_left=5,
        pictures=AURORA_PICTURES,
        knock=knock,
    )


def host_card() -> HostCardView:
    return HostCardView(
        name="aurora",
        badge=AURORA,
        title="Fix the loss spike",
        session_type="pair",
        duration=duration_words(minutes=60, until="16:40"),
        access=access_rows(PAIR, reader=Reader.GUEST, files=4),
        pictures=AURORA_PICTURES,
        key=FULL_KEY,
        is_known=False,
    )


DEVICE = DeviceCardView(device="lab-laptop", system="Linux x86_64", version="1.0", pictures=KESTREL_PICTURES)


def join(words: Words | None = None, *, state: FormState | None = None, seconds_left: int = 0) -> JoinView:
    """The join page with an answer of the host or the hub, or before any."""
    found = state or (form_state_of(words.key) if words is not None else FormState.ENTER)
    form = FormView(
        state=found,
        name="Guest 1",
        device=DEVICE,
        words=words,
        valid=time_view(3500, 3600),
        seconds_left=seconds_left,
        pictures=SESSION_PICTURES if found is FormState.WAITING else (),
    )
    return JoinView(preview=PreviewState.SHOWN, host=host_card(), form=form, link=LINK)


ANSWERS = (
    Words("code.typo"),
    Words("code.wrong", {"n": 3, "host": "aurora"}),
    Words("code.wrong.last", {"host": "aurora"}),
    Words("code.slow", {"s": 12}),
    Words("code.locked", {"n": 5, "host": "aurora"}),
    Words("invite.expired", {"time": "16:40", "host": "aurora"}),
    Words("invite.used", {"host": "aurora"}),
    Words("invite.cancelled", {"host": "aurora"}),
    Words("invite.full", {"n": 2, "host": "aurora"}),
    Words("invite.notyet", {"time": "17:00"}),
    Words("invite.bad"),
    Words("invite.version", {"host": "aurora", "v1": "1.2", "v2": "1.0"}),
    Words("invite.changed", {"host": "aurora"}),
    Words("invite.paused", {"host": "aurora"}),
    Words("host.away", {"host": "aurora"}),
    Words("hub.unreachable", {"hub": "hub.example"}),
    Words("hub.pin", {"host": "aurora"}),
    Words("key.mismatch", {"host": "aurora"}),
    Words("clock.skew", {"n": 14}),
    Words("join.waiting", {"host": "aurora"}),
    Words("join.declined", {"host": "aurora"}),
    Words("net.relay.off", {"host": "aurora"}),
)
"""Every answer that the redemption form can meet."""
