"""What a guest asks for: open a link, join, ask for time, leave. And what both do: speak, save a copy."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

from horizon_desktop.bridge.views import DeviceInfo
from horizon_desktop.errors import HorizonError
from horizon_desktop.presentation import intents
from horizon_desktop.presentation.facts import JoinClosed, JoinDone, JoinRefused, JoinStarted, LinkRefused, PreviewRead
from horizon_desktop.presentation.join import FormState, form_state_of
from horizon_desktop.presentation.state import AppState
from horizon_desktop.presentation.wording import Words
from horizon_desktop.shell.answers import preview_of, session_read, words_of
from horizon_desktop.shell.desk import Desk
from horizon_desktop.shell.save_file import save_file

Handler = Callable[[Desk, Any], Coroutine[Any, Any, None]]
_NO_LINK: Final = frozenset({"invite.bad"})


async def open_link(desk: Desk, intent: intents.OpenLink) -> None:
    """Read what the link shows; a text that is no link never opens a page."""
    stop_joining(desk)
    await _read_preview(desk, intent.link)


async def retry_join(desk: Desk, intent: intents.RetryJoin) -> None:
    """Look again."""
    del intent
    if desk.state.join is not None:
        await _read_preview(desk, desk.state.join.link)


async def _read_preview(desk: Desk, link: str) -> None:
    try:
        view = await desk.call(desk.bridge.preview(link))
    except HorizonError as error:
        words = words_of(error)
        if words.key in _NO_LINK:
            desk.store.apply(LinkRefused(problem=words))
        else:
            desk.store.apply(JoinRefused(problem=words, is_final=is_final(words)))
        return
    desk.store.apply(PreviewRead(link=link, preview=preview_of(view)))


def is_final(words: Words) -> bool:
    """Whether no other try can be made after this."""
    return form_state_of(words.key) is FormState.STOPPED


async def join(desk: Desk, intent: intents.Join) -> None:
    """Redeem link and code, wait to be let in, show the workspace. Cancelling withdraws the knock."""
    profile = desk.state.profile
    if profile is None or is_joining(desk.state):
        return
    desk.join_task = asyncio.current_task()
    device = DeviceInfo(name=intent.name, device=profile.device, system=profile.system, version=profile.version)
    desk.store.apply(JoinStarted(code=intent.code, name=intent.name))
    try:
        view = await desk.call(desk.bridge.join_ephemeral_session(intent.link, intent.code, device))
    except HorizonError as error:
        words = words_of(error)
        desk.store.apply(JoinRefused(problem=words, is_final=is_final(words)))
        return
    finally:
        desk.join_task = None
    desk.store.apply(session_read(view), JoinDone(session_id=view.session_id))


def is_joining(state: AppState) -> bool:
    """Whether a code is on its way or a knock stands."""
    return state.join is not None and state.join.stage in {"checking", "waiting"}


def stop_joining(desk: Desk) -> None:
    """Withdraw what is on its way."""
    if desk.join_task is not None:
        desk.join_task.cancel()
        desk.join_task = None


async def cancel_join(desk: Desk, intent: intents.CancelJoin) -> None:
    """Withdraw and close the join window."""
    del intent
    stop_joining(desk)
    desk.store.apply(JoinClosed())


async def leave(desk: Desk, intent: intents.Leave) -> None:
    """Leave a session for good."""
    await desk.call(desk.bridge.leave(intent.session_id))


async def ask_time(desk: Desk, intent: intents.AskTime) -> None:
    """Ask the host for more time."""
    await desk.call(desk.bridge.ask_time(intent.session_id, minutes=intent.minutes))


async def say(desk: Desk, intent: intents.Say) -> None:
    """Say something in the chat."""
    if intent.text.strip():
        await desk.call(desk.bridge.say(intent.session_id, intent.text))


async def save_copy(desk: Desk, intent: intents.SaveCopy) -> None:
    """Save the text as it is now where the person chooses."""
    session = desk.state.active_sessions.get(intent.session_id)
    file = next((file for file in session.files if file.file_id == intent.file_id), None) if session else None
    if file is None:
        return
    text = await desk.editor.text_of(intent.session_id, intent.file_id)
    desk.dialogs.choose_target(
        file.path.rsplit("/", 1)[-1], lambda path: desk.store.apply(save_file(path, text.encode()))
    )


async def write_to_host(desk: Desk, intent: intents.WriteToHost) -> None:
    """Begin a mail to the host."""
    desk.outside.write_to_host(intent.reason, intent.host)


async def retry_path(desk: Desk, intent: intents.RetryPath) -> None:
    """Open the session again if it stopped; a guest of one that runs tries the direct path at once."""
    view = await desk.call(desk.bridge.resume_session(intent.session_id))
    desk.store.apply(session_read(view))
    if not view.is_host:
        await desk.call(desk.bridge.try_direct(intent.session_id))


HANDLERS: Final[Mapping[type, Handler]] = {
    intents.OpenLink: open_link,
    intents.RetryJoin: retry_join,
    intents.Join: join,
    intents.CancelJoin: cancel_join,
    intents.WriteToHost: write_to_host,
    intents.Leave: leave,
    intents.AskTime: ask_time,
    intents.Say: say,
    intents.SaveCopy: save_copy,
    intents.RetryPath: retry_path,
}
