"""What a host asks for: create, invite, let in, extend, revoke, share, end."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QTimeZone

from horizon_desktop.domain.access.capability import Role
from horizon_desktop.domain.ids import FileId
from horizon_desktop.errors import HorizonError
from horizon_desktop.presentation import intents
from horizon_desktop.presentation.difference import DifferenceView, counts, difference
from horizon_desktop.presentation.facts import CommandFailed, Copied, DifferenceRead, SessionCreating, SessionMade
from horizon_desktop.presentation.plain_text import TITLE_LENGTH, plain
from horizon_desktop.presentation.select_pages import newest_invite
from horizon_desktop.presentation.select_sessions import hosted_live
from horizon_desktop.presentation.state import Invite
from horizon_desktop.shell.answers import session_read, spec_of, words_of
from horizon_desktop.shell.desk import Desk
from horizon_desktop.shell.save_file import save_file

Handler = Callable[[Desk, Any], Coroutine[Any, Any, None]]


async def create_invite(desk: Desk, intent: intents.CreateInvite) -> None:
    """Create the session of the draft with its first invite, and show the share page."""
    del intent
    draft = desk.state.draft
    if draft.is_creating or not draft.files:
        return
    desk.store.apply(SessionCreating())
    off = desk.state.profile.off if desk.state.profile is not None else ()
    spec = spec_of(draft, length_s=desk.state.trial_length_s, off=off, zone=_zone())
    view = await desk.call(desk.bridge.create_ephemeral_session(spec))
    desk.store.apply(session_read(view))
    await desk.read_invites(view.session_id)
    desk.store.apply(SessionMade(session_id=view.session_id))


def _zone() -> str:
    """Return the name of the zone that this machine is set to."""
    return bytes(QTimeZone.systemTimeZoneId().data()).decode("ascii", "replace") or "UTC"


async def invite_more(desk: Desk, intent: intents.InviteMore) -> None:
    """Make another invite and show it."""
    await desk.call(desk.bridge.create_invite(intent.session_id, places=intent.places))
    await desk.read_invites(intent.session_id)
    desk.store.apply(intents.ShowPage(page="share", session_id=intent.session_id))


async def cancel_invite(desk: Desk, intent: intents.CancelInvite) -> None:
    """Take an invite back."""
    await desk.call(desk.bridge.cancel_invite(intent.session_id, intent.name))
    await desk.read_invites(intent.session_id)


async def resume_invite(desk: Desk, intent: intents.ResumeInvite) -> None:
    """Open a paused invite again."""
    await desk.call(desk.bridge.resume_invite(intent.session_id, intent.name))
    await desk.read_invites(intent.session_id)


async def let_in(desk: Desk, intent: intents.LetIn) -> None:
    """Let somebody in, with the invite's role or a lower one."""
    role = Role(intent.role) if intent.role else None
    await desk.call(desk.bridge.admit(intent.session_id, intent.peer_id, role=role))


async def decline(desk: Desk, intent: intents.Decline) -> None:
    """Do not let somebody in."""
    await desk.call(desk.bridge.decline(intent.session_id, intent.peer_id))


async def extend(desk: Desk, intent: intents.Extend) -> None:
    """Move the end."""
    desk.store.apply(session_read(await desk.call(desk.bridge.extend(intent.session_id, minutes=intent.minutes))))


async def change_role(desk: Desk, intent: intents.ChangeRole) -> None:
    """Give a guest another role."""
    await desk.call(desk.bridge.change_role(intent.session_id, intent.peer_id, Role(intent.role)))


async def revoke(desk: Desk, intent: intents.Revoke) -> None:
    """Take a guest's access back, at once and for good."""
    await desk.call(desk.bridge.revoke(intent.session_id, intent.peer_id))


async def set_approval(desk: Desk, intent: intents.SetSessionApproval) -> None:
    """Ask before each guest from now on, or not; whatever came of it, show how it is."""
    try:
        await desk.call(desk.bridge.ask_approval(intent.session_id, is_asked=intent.is_asked))
    finally:
        await desk.read_session(intent.session_id)


async def pause_input(desk: Desk, intent: intents.PauseInput) -> None:
    """Pause what guests write, or let it go on; whatever came of it, show how it is."""
    named = (intent.session_id,) if intent.session_id else tuple(one.session_id for one in hosted_live(desk.state))
    async with asyncio.TaskGroup() as group:
        for session_id in named:
            group.create_task(_pause_one(desk, session_id, is_paused=intent.is_paused))


async def _pause_one(desk: Desk, session_id: str, *, is_paused: bool) -> None:
    try:
        desk.store.apply(session_read(await desk.call(desk.bridge.pause_input(session_id, is_paused=is_paused))))
    except HorizonError as error:
        desk.store.apply(CommandFailed(intent="PauseInput", problem=words_of(error), session_id=session_id))
        await desk.read_session(session_id)


async def trust(desk: Desk, intent: intents.Trust) -> None:
    """Trust a guest again: the host looked into it."""
    await desk.call(desk.bridge.trust(intent.session_id, intent.peer_id))


async def add_files(desk: Desk, intent: intents.AddFiles) -> None:
    """Share more files in a running session; those of the draft need nothing."""
    if intent.session_id:
        await desk.call(desk.bridge.share_files(intent.session_id, tuple(Path(path) for path in intent.paths)))


async def ask_for_files(desk: Desk, intent: intents.AskForFiles) -> None:
    """Open the system's dialog; what was chosen comes back as an intent."""
    desk.dialogs.choose_files(
        is_folder=intent.is_folder,
        on_chosen=lambda paths: desk.ask(intents.AddFiles(paths=paths, session_id=intent.session_id)),
    )


async def remove_file(desk: Desk, intent: intents.RemoveFile) -> None:
    """Stop sharing a file; it stays on the disk."""
    await desk.call(desk.bridge.unshare_file(intent.session_id, FileId(intent.file_id)))


async def restore_file(desk: Desk, intent: intents.RestoreFile) -> None:
    """Put back the text from before the first guest edit."""
    await desk.call(desk.bridge.restore_file(intent.session_id, FileId(intent.file_id)))
    desk.store.apply(DifferenceRead(session_id=intent.session_id, difference=None))


async def show_difference(desk: Desk, intent: intents.ShowDifference) -> None:
    """Compare the text from before the first guest edit with the text now."""
    session = desk.state.active_sessions.get(intent.session_id)
    if session is None:
        return
    before = await desk.call(desk.bridge.original_text(intent.session_id, FileId(intent.file_id)))
    now = await desk.editor.text_of(intent.session_id, intent.file_id)
    lines = difference(before, now)
    added, removed = counts(lines)
    path = next((file.path for file in session.files if file.file_id == intent.file_id), "")
    view = DifferenceView(
        session_id=intent.session_id, file_id=intent.file_id, path=path, lines=lines, added=added, removed=removed
    )
    desk.store.apply(DifferenceRead(session_id=intent.session_id, difference=view))


async def end_session(desk: Desk, intent: intents.EndSession) -> None:
    """End a session for everybody."""
    await desk.call(desk.bridge.end_ephemeral_session(intent.session_id))


async def end_all(desk: Desk, intent: intents.EndAll) -> None:
    """End every own session for everybody, each whatever became of the one before."""
    del intent
    async with asyncio.TaskGroup() as group:
        for session in hosted_live(desk.state):
            group.create_task(_end_one(desk, session.session_id))


async def _end_one(desk: Desk, session_id: str) -> None:
    try:
        await desk.call(desk.bridge.end_ephemeral_session(session_id))
    except HorizonError as error:
        desk.store.apply(CommandFailed(intent="EndAll", problem=words_of(error), session_id=session_id))


async def resume_session(desk: Desk, intent: intents.ResumeSession) -> None:
    """Open an interrupted session again, as its host or as a guest of it."""
    view = await desk.call(desk.bridge.resume_session(intent.session_id))
    desk.store.apply(session_read(view))
    if view.is_host:
        await desk.read_invites(view.session_id)
    desk.store.apply(intents.ShowPage(page="workspace", session_id=view.session_id))


def shown_invite(desk: Desk) -> Invite | None:
    """Return the invite that the share page shows."""
    return newest_invite(desk.state, desk.front) if desk.front is not None else None


async def copy_link(desk: Desk, intent: intents.CopyLink) -> None:
    """Copy the link in the form that is shown."""
    del intent
    invite = shown_invite(desk)
    if invite is None:
        return
    is_web = desk.state.is_web_link and invite.web_link
    desk.clipboard.copy_link(invite.web_link if is_web else invite.app_link)
    desk.store.apply(Copied(what="link"))


async def copy_code(desk: Desk, intent: intents.CopyCode) -> None:
    """Copy the code, for a minute."""
    del intent
    invite = shown_invite(desk)
    if invite is None:
        return
    desk.clipboard.copy_code(invite.code)
    desk.store.apply(Copied(what="code"))


async def save_qr(desk: Desk, intent: intents.SaveQr) -> None:
    """Save the picture of the app link."""
    del intent
    invite = shown_invite(desk)
    if invite is None:
        return
    picture = desk.outside.qr_png(invite.app_link)
    desk.dialogs.choose_target(
        f"horizon-{plain(invite.name, limit=TITLE_LENGTH)}.png",
        lambda path: desk.store.apply(save_file(path, picture)),
    )


async def write_mail(desk: Desk, intent: intents.WriteMail) -> None:
    """Begin a mail with the link; the code goes another way."""
    del intent
    invite = shown_invite(desk)
    if invite is not None:
        desk.outside.write_mail(invite.web_link or invite.app_link)


HANDLERS: Final[Mapping[type, Handler]] = {
    intents.CreateInvite: create_invite,
    intents.InviteMore: invite_more,
    intents.CancelInvite: cancel_invite,
    intents.ResumeInvite: resume_invite,
    intents.LetIn: let_in,
    intents.Decline: decline,
    intents.Extend: extend,
    intents.ChangeRole: change_role,
    intents.Revoke: revoke,
    intents.SetSessionApproval: set_approval,
    intents.PauseInput: pause_input,
    intents.Trust: trust,
    intents.EndAll: end_all,
    intents.AddFiles: add_files,
    intents.AskForFiles: ask_for_files,
    intents.RemoveFile: remove_file,
    intents.RestoreFile: restore_file,
    intents.ShowDifference: show_difference,
    intents.EndSession: end_session,
    intents.ResumeSession: resume_session,
    intents.CopyLink: copy_link,
    intents.CopyCode: copy_code,
    intents.SaveQr: save_qr,
    intents.WriteMail: write_mail,
}
