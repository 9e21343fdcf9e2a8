"""The banner after 30 s of silence: how long there is to come back, and that typing goes on."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from horizon_desktop.presentation.expiry import countdown
from horizon_desktop.presentation.intents import Leave, RetryPath
from horizon_desktop.presentation.reconnecting import ReconnectingView, SilenceStage
from horizon_desktop.presentation.wording import Words
from horizon_desktop.widgets import texts
from horizon_desktop.widgets.banner import Banner
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.workspace_texts import counted, said


class ReconnectingBanner(QWidget):
    """One banner, or nothing. Before 30 s the indicator in the top bar says it."""

    intent = Signal(object)

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session_id = ""
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self._banner = Banner(theme, name="reconnecting_banner")
        self._banner.acted.connect(self._act)
        layout.addWidget(self._banner)
        self.hide()

    def show_silence(self, view: ReconnectingView) -> None:
        """Show the banner, or nothing."""
        self._session_id = view.session_id
        is_shown = view.is_offline or view.stage in (SilenceStage.BANNER, SilenceStage.LOST)
        self.setVisible(is_shown)
        if is_shown:
            title, text, icon, actions = _words(view)
            self._banner.show_state(title, text, tone="warn", icon=icon, actions=actions)

    def title(self) -> str:
        """Return what the banner is called for a screen reader: its title and sentence."""
        return self._banner.accessibleName()

    def _act(self, key: str) -> None:
        if key == "leave":
            self.intent.emit(Leave(session_id=self._session_id))
        else:
            self.intent.emit(RetryPath(session_id=self._session_id))


def _words(view: ReconnectingView) -> tuple[str, str, str, tuple[tuple[str, str], ...]]:
    """Return title, sentence, icon and actions."""
    retry = (("try_again", texts.action("try_again")),)
    if view.is_offline:
        words = Words("net.offline")
        return texts.title(words), texts.text(words), "wifi-off", retry
    left = countdown(view.resume_left_s)
    if view.is_host:
        return *_host_words(view, left), "unplug", ()
    if view.stage is SilenceStage.LOST:
        words = Words("net.lost", {"host": view.host, "k": view.waiting_edits})
        return texts.title(words), texts.text(words), "unplug", (*retry, ("leave", texts.action("leave")))
    words = Words("net.reconnecting", {"host": view.host, "left": left})
    return texts.title(words), texts.text(words), "unplug", (("leave", texts.action("leave")),)


def _host_words(view: ReconnectingView, left: str) -> tuple[str, str]:
    if view.is_everyone:
        title = said("Connection to your guests is lost")
    else:
        title = said("Connection to {names} is lost", names=", ".join(view.guests))
    if view.stage is SilenceStage.LOST:
        return title, said("Their places are free again. Nothing is lost: the text stays here.")
    waiting = counted(
        "1 edit waits here and is sent when the link is back.",
        "{n} edits wait here and are sent when the link is back.",
        view.waiting_edits,
    )
    if view.waiting_edits == 0:
        waiting = said("your edits are sent when the link is back.")
    return title, f"{said('{left} left to resume. Keep typing:', left=left)} {waiting}"
