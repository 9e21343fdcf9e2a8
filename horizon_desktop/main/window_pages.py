"""The pages of the main window, imported and built one by one: a window shows its first one sooner."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, Protocol, cast

from PySide6.QtCore import SignalInstance
from PySide6.QtWidgets import QWidget

from horizon_desktop.widgets.first_run_page import FirstRunPage
from horizon_desktop.widgets.home_page import HomePage
from horizon_desktop.widgets.main_window import MainWindow
from horizon_desktop.widgets.theme import Theme


class Page(Protocol):
    """What every page offers besides being a widget."""

    intent: SignalInstance

    def render(self, view: object) -> None: ...
    def focus_main(self) -> None: ...


def _new_session(theme: Theme) -> QWidget:
    from horizon_desktop.widgets.invite_link_generator import InviteLinkGenerator  # noqa: PLC0415  (needed later)

    return InviteLinkGenerator(theme)


def _share(theme: Theme) -> QWidget:
    from horizon_desktop.widgets.invite_link_share import InviteLinkShare  # noqa: PLC0415

    return InviteLinkShare(theme)


def _workspace(theme: Theme) -> QWidget:
    from horizon_desktop.widgets.workspace_page import WorkspacePage  # noqa: PLC0415

    return WorkspacePage(theme)


def _ended(theme: Theme) -> QWidget:
    from horizon_desktop.widgets.ended_page import EndedPage  # noqa: PLC0415

    return EndedPage(theme)


def _sessions(theme: Theme) -> QWidget:
    from horizon_desktop.widgets.sessions_page import SessionsPage  # noqa: PLC0415

    return SessionsPage(theme)


def _usage(theme: Theme) -> QWidget:
    from horizon_desktop.widgets.usage_page import UsagePage  # noqa: PLC0415

    return UsagePage(theme)


def _settings(theme: Theme) -> QWidget:
    from horizon_desktop.widgets.settings_page import SettingsPage  # noqa: PLC0415

    return SettingsPage(theme)


def _doctor(theme: Theme) -> QWidget:
    from horizon_desktop.widgets.doctor_page import DoctorPage  # noqa: PLC0415

    return DoctorPage(theme)


ALONE: Final = frozenset({"workspace", "ended"})
"""Pages that fill the window; the others stand between side bar and status bar."""
LATER: Final[Mapping[str, Callable[[Theme], QWidget]]] = {
    "workspace": _workspace,
    "new_session": _new_session,
    "share": _share,
    "sessions": _sessions,
    "usage": _usage,
    "settings": _settings,
    "doctor": _doctor,
    "ended": _ended,
}
"""Built when first wanted, or in this order while the window has nothing else to do."""


class Pages:
    """Puts every page into the main window, the ones to begin with at once."""

    def __init__(self, main: MainWindow, theme: Theme) -> None:
        self._main = main
        self._theme = theme
        self._built: dict[str, QWidget] = {}
        first, home = FirstRunPage(theme), HomePage(theme)
        first.intent.connect(main.intent)
        main.add_page("first_run", first, first.render, is_framed=True, focus=first.setFocus)
        self._add("home", home)
        for name in LATER:
            main.add_later(name, partial(self._build, name))

    def __getitem__(self, name: str) -> QWidget:
        """Return the page of this name, built now if it was not."""
        self._main.build(name)
        return self._built[name]

    def _build(self, name: str) -> None:
        self._add(name, LATER[name](self._theme))

    def _add(self, name: str, widget: QWidget) -> None:
        page = cast(Page, widget)
        page.intent.connect(self._main.intent)
        self._main.add_page(name, widget, page.render, is_framed=name not in ALONE, focus=page.focus_main)
        self._built[name] = widget
