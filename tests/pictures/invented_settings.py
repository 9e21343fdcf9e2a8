"""The invented sessions of picture 08, as view models of this version."""

from decimal import Decimal

import msgspec

from horizon_desktop.presentation.expiry import time_view
from horizon_desktop.presentation.presence_bar import QualityView
from horizon_desktop.presentation.sessions_page import (
    GuestAccessView,
    InviteRowView,
    PurseView,
    SessionDetailView,
    SessionRowView,
    SessionsView,
    invite_line,
    session_line,
)
from horizon_desktop.presentation.usage_page import bar_of, figure
from horizon_desktop.presentation.wording import Words
from tests.pictures.invented import BASALT, KESTREL

SESSION = "a" * 64
OTHER, THIRD = "b" * 64, "c" * 64


def _row(session_id: str, title: str, kind: str, line: Words, left_s: int) -> SessionRowView:
    return SessionRowView(
        session_id=session_id,
        title=title,
        session_type=kind,
        line=line,
        time=time_view(left_s, 3600),
        is_chosen=session_id == SESSION,
    )


def _rows() -> tuple[SessionRowView, ...]:
    def line(*, people: int = 1, path: str = "", is_waiting: bool = False) -> Words:
        return session_line(people=people, path=path, host="", is_waiting=is_waiting, is_interrupted=False)

    return (
        _row(SESSION, "Fix the loss spike", "pair", line(people=3, path="direct"), 2538),
        _row(OTHER, "Cross-site fine-tune", "pair", line(people=5, path="relay"), 587),
        _row(THIRD, "Review of ablation run", "review", line(is_waiting=True), 3456),
    )


def _guests(revoke: str) -> tuple[GuestAccessView, ...]:
    return (
        GuestAccessView(
            badge=KESTREL,
            device="lab-laptop",
            quality=QualityView(bars=4, path="direct", rtt_ms=18),
            role="editor",
            roles=("observer", "editor"),
            is_revoke_asked=revoke == "kestrel",
        ),
        GuestAccessView(
            badge=msgspec.structs.replace(BASALT, is_here=False),
            device="desk-04",
            quality=QualityView(bars=3, path="relay", rtt_ms=71),
            role="observer",
            roles=("observer", "editor"),
            is_revoke_asked=revoke == "basalt",
        ),
    )


def _invites() -> tuple[InviteRowView, ...]:
    return (
        InviteRowView(
            name="B9HT",
            is_open=True,
            line=invite_line(state="open", left="42:18", tries=5, places=1, taken=0),
            may_show=True,
        ),
        InviteRowView(
            name="7Q4M", is_open=False, line=invite_line(state="full", left="42:18", tries=5, places=2, taken=2)
        ),
    )


def spending(*, is_stopped: bool = False) -> SessionsView:
    """Return the page of a session with a purse that runs down, or is spent."""
    shown = sessions(revoke="")
    assert shown.detail is not None
    used = Decimal(3) if is_stopped else Decimal("1.25")
    values: dict[str, str | int] = {"used": figure(used), "limit": "2", "unit": "cpu_hours"}
    purse = PurseView(
        line=Words("usage.purse.stopped" if is_stopped else "usage.purse", values),
        bar=bar_of(used=used, reserved=Decimal(0), limit=Decimal(2), ceiling=Decimal(3)),
        is_stopped=is_stopped,
    )
    return msgspec.structs.replace(shown, detail=msgspec.structs.replace(shown.detail, purse=purse))


def limited() -> SessionsView:
    """Return the page of a session that guests come into at night only, and whose input is paused."""
    shown = sessions(revoke="")
    assert shown.detail is not None
    detail = msgspec.structs.replace(shown.detail, hours="22:00-06:00 Europe/Berlin", is_input_paused=True)
    return msgspec.structs.replace(shown, detail=detail)


def sessions(*, revoke: str = "basalt", is_end_asked: bool = False, is_end_all_asked: bool = False) -> SessionsView:
    """Return the page as pictured."""
    detail = SessionDetailView(
        session_id=SESSION,
        title="Fix the loss spike",
        session_type="pair",
        line=Words("sessions.detail.pair", {"folder": "~/runs/loss-spike", "n": 4}),
        is_host=True,
        is_interrupted=False,
        time=time_view(2538, 3600),
        ends_at="16:40",
        limit_hours=8,
        choices=(15, 30, 60),
        guests=_guests(revoke),
        places=3,
        places_taken=2,
        invites=_invites(),
        is_end_asked=is_end_asked,
    )
    return SessionsView(rows=_rows(), detail=detail, hosted=3, guests=7, is_end_all_asked=is_end_all_asked)


def guest_sessions() -> SessionsView:
    """Return the page of somebody who is a guest."""
    shown = sessions(revoke="")
    assert shown.detail is not None
    detail = msgspec.structs.replace(
        shown.detail,
        is_host=False,
        line=Words("card.pair.guest", {"host": "aurora"}),
        choices=(),
        guests=(),
        invites=(),
        places=0,
    )
    line = session_line(people=3, path="direct", host="aurora", is_waiting=False, is_interrupted=False)
    rows = (msgspec.structs.replace(shown.rows[0], line=line),)
    return SessionsView(rows=rows, detail=detail)
