"""What concerns this desktop alone: name, theme, folders, clipboard, quitting."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

from horizon_desktop.presentation import intents
from horizon_desktop.presentation.facts import ProfileRead
from horizon_desktop.presentation.select_people import guests_of
from horizon_desktop.presentation.state import AppState
from horizon_desktop.presentation.wording import Words
from horizon_desktop.shell.answers import profile_of
from horizon_desktop.shell.desk import Desk

Handler = Callable[[Desk, Any], Coroutine[Any, Any, None]]
_LIVE: Final = frozenset({"open", "read_only"})


async def rename(desk: Desk, intent: intents.Rename) -> None:
    """Take another name."""
    view = await desk.call(desk.bridge.rename(intent.name))
    desk.store.apply(ProfileRead(profile=profile_of(view, system=desk.system, version=desk.version)))


async def finish_first_run(desk: Desk, intent: intents.FinishFirstRun) -> None:
    """The greeting is over and does not come again."""
    desk.settings.greet()
    profile = desk.state.profile
    if intent.name.strip() and profile is not None and intent.name != profile.name:
        await rename(desk, intents.Rename(name=intent.name))


async def choose_theme(desk: Desk, intent: intents.ChooseTheme) -> None:
    """Remember the theme."""
    desk.settings.theme = intent.theme


async def place_presence(desk: Desk, intent: intents.PlacePresence) -> None:
    """Remember where the floating bar rests."""
    desk.settings.keep_corner(intent.screen, intent.corner)


async def open_folder(desk: Desk, intent: intents.OpenFolder) -> None:
    """Show a folder in the file manager."""
    desk.outside.open_folder(intent.path)


async def copy_details(desk: Desk, intent: intents.CopyDetails) -> None:
    """Copy what helps to find out what went wrong."""
    desk.clipboard.copy_text(intent.text)


async def leave_app(desk: Desk, intent: intents.Quit) -> None:
    """End the application; open sessions are named first."""
    del intent
    words = open_sessions(desk.state)
    if words is None:
        desk.over.set()
        return
    desk.dialogs.confirm_quit(words, lambda: end_and_leave(desk))


def end_and_leave(desk: Desk) -> None:
    """End or leave every open session, then the application."""
    desk.scope.start(_end_everything(desk), name="quit")


async def _end_everything(desk: Desk) -> None:
    try:
        for session in tuple(desk.state.active_sessions.values()):
            if session.state in _LIVE:
                leaving = desk.bridge.end_ephemeral_session if session.is_host else desk.bridge.leave
                await desk.call(leaving(session.session_id))
    finally:
        desk.over.set()


def open_sessions(state: AppState) -> Words | None:
    """Return what ending now would end: sessions and guests, or None for nothing."""
    live = [session for session in state.active_sessions.values() if session.state in _LIVE]
    if not live:
        return None
    guests = sum(len(guests_of(state, session)) for session in live if session.is_host)
    return Words("endall.confirm", {"n": len(live), "g": guests})


HANDLERS: Final[Mapping[type, Handler]] = {
    intents.Rename: rename,
    intents.FinishFirstRun: finish_first_run,
    intents.ChooseTheme: choose_theme,
    intents.PlacePresence: place_presence,
    intents.OpenFolder: open_folder,
    intents.CopyDetails: copy_details,
    intents.Quit: leave_app,
}
