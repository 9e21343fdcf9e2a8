"""The invented session of the design pictures: aurora hosts, kestrel and basalt are guests."""

import msgspec

from horizon_desktop.presentation.chat_panel import ChatLineView, ChatView
from horizon_desktop.presentation.difference import DifferenceView, counts, difference
from horizon_desktop.presentation.ended import EndedView, EndReason
from horizon_desktop.presentation.expiry import ExpiryView, time_view, warning_level
from horizon_desktop.presentation.file_list import FileItem, FileListView, icon_of, tree_rows
from horizon_desktop.presentation.people import BadgeView, Doing, ParticipantView, PeopleView, channel_marks
from horizon_desktop.presentation.presence_bar import BarForm, PresenceBarView, QualityView, bar_action
from horizon_desktop.presentation.reconnecting import ReconnectingView, SilenceStage
from horizon_desktop.presentation.workspace import (
    EditorView,
    FollowView,
    ReadOnlyReason,
    RemoteCaretView,
    TabView,
    TopBarView,
    WorkspaceView,
)
from tests.pictures.invented_settings import spending as spending_page

SESSION = "5e" * 32
TITLE = "Fix the loss spike"
HOUR_S = 3600
LEFT_S = 42 * 60 + 18
TEXT = '''import torch
from torch import nn
from horizon_job import ckpt, log


def train_step(model, batch, opt, scaler, clip=1.0):
    """One mixed-precision step. Returns loss and grad norm."""
    x, y = (t.to("cuda", non_blocking=True) for t in batch)
    opt.zero_grad(set_to_none=True)
    with torch.autocast("cuda", dtype=torch.bfloat16):
        loss = nn.functional.cross_entropy(model(x), y)
    scaler.scale(loss).backward()
    scaler.unscale_(opt)
    norm = nn.utils.clip_grad_norm_(model.parameters(), clip)
    if not torch.isfinite(norm):
        log.warning("skipped step, grad norm %s", norm)
        return loss.detach(), norm
    scaler.step(opt)
    scaler.update()
    return loss.detach(), norm


for step, batch in enumerate(loader, start=ckpt.step):
    lr = warmup(step, 2000) * cosine(step, total)
    for g in opt.param_groups:
        g["lr"] = lr
    loss, norm = train_step(model, batch, opt, scaler)
    if step % 50 == 0:
        log.info("step %d loss %.4f norm %.2f", step, loss, norm)
'''
FILES = ("trainer.py", "schedule.py", "config.yaml", "notes.md")


def file_id(name: str) -> bytes:
    return name.encode().ljust(16, b".")


def badge(name: str, color: int, *, is_self: bool = False, is_here: bool = True) -> BadgeView:
    return BadgeView(
        peer_id=name.encode().hex().ljust(64, "0"),
        name=name,
        initials=name[:2].upper(),
        color=color,
        is_here=is_here,
        is_host=name == "aurora",
        is_self=is_self,
    )


def people(*, me: str = "aurora", is_lost: bool = False, revoke: str = "") -> tuple[ParticipantView, ...]:
    is_host = me == "aurora"
    everything = {"edits": 2, "cursors": 2, "chat": 2}

    def person(name: str, color: int, role: str, doing: Doing, line: int, active: tuple[str, ...]) -> ParticipantView:
        is_self = name == me
        is_silent = is_lost and not is_self
        return ParticipantView(
            badge=badge(name, color, is_self=is_self, is_here=not is_silent),
            role=role,
            doing=Doing.RECONNECTING if is_silent else doing,
            file="trainer.py",
            line=line if is_self or not is_silent else 0,
            last_seen="16:01",
            channels=channel_marks(everything, frozenset(() if is_silent else active)),
            roles=("observer", "editor", "operator") if is_host and not is_self else (),
            may_follow=not is_self,
            is_followed=is_host and name == "kestrel" and not is_lost,
            may_revoke=is_host and not is_self,
            is_revoke_asked=name == revoke,
        )

    return (
        person("aurora", 0, "host", Doing.EDITING, 0 if is_host else 14, ("edits",)),
        person("kestrel", 1, "editor", Doing.EDITING, 10, ("edits", "cursors")),
        person("basalt", 2, "editor", Doing.READING, 20, ("cursors",)),
    )


GOOD = QualityView(bars=4, path="direct", rtt_ms=18, loss_permille=1)
LOST = QualityView(bars=0, path="direct", rtt_ms=18, resume_left_s=266)


def presence(
    *,
    me: str = "aurora",
    left_s: int = LEFT_S,
    form: BarForm = BarForm.DOCKED,
    quality: QualityView = GOOD,
    rows: tuple[ParticipantView, ...] | None = None,
    unread: int = 2,
) -> PresenceBarView:
    rows = people(me=me) if rows is None else rows
    is_lost = quality.resume_left_s >= 0
    time = time_view(left_s, HOUR_S, is_running=not is_lost)
    return PresenceBarView(
        session_id=SESSION,
        title=TITLE,
        is_host=me == "aurora",
        form=form,
        badges=tuple(row.badge for row in rows),
        people=rows,
        quality=quality,
        time=time,
        unread=unread,
        action=bar_action(is_host=me == "aurora", tone=time.tone, is_reconnecting=is_lost),
    )


def chat() -> ChatView:
    said = (
        ("kestrel", 1, "15:51", "The spike lines up with the warmup ending, step 11 900."),
        ("aurora", 0, "15:53", "Agreed. Clip before unscale was the bug, try line 13."),
        ("basalt", 2, "15:56", "Sent the bad batch, spike_0412.npz"),
    )
    lines = tuple(
        ChatLineView(message_id=number, badge=badge(name, color), time=time, text=text)
        for number, (name, color, time, text) in enumerate(said)
    )
    return ChatView(session_id=SESSION, lines=lines, unread=2)


def expiry(left_s: int, *, is_host: bool = True) -> ExpiryView:
    return ExpiryView(
        session_id=SESSION,
        level=warning_level(left_s, HOUR_S),
        is_host=is_host,
        host="aurora",
        seconds_left=left_s,
        time=time_view(left_s, HOUR_S),
        files_saved=4,
        limit_hours=24,
        file_id=b"" if is_host else file_id("trainer.py"),
    )


def workspace(
    *,
    me: str = "aurora",
    left_s: int = LEFT_S,
    is_lost: bool = False,
    is_view_only: bool = False,
    revoke: str = "",
    is_end_asked: bool = False,
) -> WorkspaceView:
    is_host = me == "aurora"
    rows = people(me=me, is_lost=is_lost, revoke=revoke)
    other = badge("kestrel", 1) if is_host else badge("aurora", 0)
    here = {"trainer.py": (other,)}
    items = tuple(
        FileItem(file_id=file_id(name), path=name, may_edit=not is_view_only, people=here.get(name, ()))
        for name in FILES
    )
    tabs = tuple(
        TabView(file_id=file_id(name), name=name, path=name, icon=icon_of(name), people=here.get(name, ()))
        for name in FILES[:3]
    )
    bar = presence(me=me, left_s=left_s, quality=LOST if is_lost else GOOD, rows=rows)
    stage = SilenceStage.BANNER if is_lost else SilenceStage.NONE
    return WorkspaceView(
        session_id=SESSION,
        is_host=is_host,
        top=TopBarView(
            session_id=SESSION,
            title=TITLE,
            session_type="pair",
            is_host=is_host,
            host="aurora",
            presence=bar,
            is_end_asked=is_end_asked,
        ),
        files=FileListView(
            session_id=SESSION,
            is_host=is_host,
            rows=tree_rows(items, root="loss-spike", selected=file_id("trainer.py")),
            files=4,
        ),
        people=PeopleView(session_id=SESSION, is_host=is_host, rows=rows),
        chat=msgspec.structs.replace(chat(), is_link_lost=is_lost),
        expiry=expiry(left_s, is_host=is_host),
        reconnecting=ReconnectingView(
            session_id=SESSION,
            stage=stage,
            is_host=is_host,
            host="aurora",
            guests=("kestrel", "basalt"),
            resume_left_s=266,
            waiting_edits=6,
        ),
        tabs=tabs,
        editor=EditorView(
            file_id=file_id("trainer.py"),
            path="trainer.py",
            host="aurora",
            read_only=ReadOnlyReason.ROLE if is_view_only else ReadOnlyReason.NONE,
        ),
        following=FollowView(peer_id=rows[1].badge.peer_id, name="kestrel", color=1)
        if is_host and not is_lost
        else None,
    )


def position(line: int, column: int) -> int:
    lines = TEXT.split("\n")
    return sum(len(text) + 1 for text in lines[: line - 1]) + column


def carets(*, me: str = "aurora", is_lost: bool = False) -> tuple[RemoteCaretView, ...]:
    if is_lost:
        return ()
    basalt = RemoteCaretView(peer_id="basalt", name="basalt", color=2, anchor=position(20, 30), head=position(20, 30))
    if me != "aurora":
        aurora = RemoteCaretView(
            peer_id="aurora", name="aurora", color=0, anchor=position(14, 27), head=position(14, 27)
        )
        return aurora, basalt
    kestrel = RemoteCaretView(peer_id="kestrel", name="kestrel", color=1, anchor=position(10, 8), head=position(10, 54))
    return kestrel, basalt


def ended(*, reason: EndReason = EndReason.EXPIRED, is_host: bool = True) -> EndedView:
    return EndedView(
        session_id=SESSION,
        title=TITLE,
        reason=reason,
        is_host=is_host,
        host="aurora",
        time="16:40",
        files=4,
        edits=212,
        folder="" if is_host else "Downloads/horizon",
        saved_edits=6,
    )


def changed() -> DifferenceView:
    after = TEXT.replace("    scaler.unscale_(opt)\n    norm", "    norm").replace("clip=1.0", "clip=0.5")
    lines = difference(TEXT, after)
    added, removed = counts(lines)
    return DifferenceView(
        session_id=SESSION,
        file_id=file_id("trainer.py"),
        path="trainer.py",
        lines=lines,
        added=added,
        removed=removed,
    )


def spending(*, is_stopped: bool = False) -> WorkspaceView:
    """Return a host's workspace whose purse runs down; stopped: it is spent, and input is paused."""
    view = workspace()
    detail = spending_page(is_stopped=is_stopped).detail
    assert detail is not None
    assert detail.purse is not None
    purse = msgspec.structs.replace(detail.purse, percent=150 if is_stopped else 62)
    top = msgspec.structs.replace(view.top, purse=purse, is_input_paused=is_stopped)
    return msgspec.structs.replace(view, top=top)
