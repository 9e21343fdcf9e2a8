"""Draw the workspace and what floats over it, in light and dark, into build/pictures:
`python -m tests.pictures.draw_workspace [--scale 2] [--text 1] [--size WxH] [NAME...]`."""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
from PySide6.QtCore import QEventLoop, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget

from horizon_desktop.presentation.ended import EndReason
from horizon_desktop.presentation.people import Doing
from horizon_desktop.presentation.presence_bar import BarForm, PresenceBarView, QualityView
from horizon_desktop.presentation.workspace import Panel, WorkspaceView
from horizon_desktop.widgets.ended_page import EndedPage
from horizon_desktop.widgets.floating_card import FloatingCard
from horizon_desktop.widgets.floating_presence import FloatingPresence
from horizon_desktop.widgets.resources import Resources
from horizon_desktop.widgets.session_expiry_warning import ExpiryCard, ExpiryNotice
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.workspace_page import WorkspacePage
from tests.pictures import invented_workspace as invented

TARGET = Path(__file__).resolve().parents[2] / "build" / "pictures"


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", default="2", help="device pixels to a pixel")
    parser.add_argument("--text", type=float, default=1.0, help="the system's text scale")
    parser.add_argument("--size", default="", help="WIDTHxHEIGHT instead of each picture's own")
    parser.add_argument("--to", type=Path, default=TARGET)
    parser.add_argument("names", nargs="*")
    return parser.parse_args(arguments)


Make = Callable[[Theme], QWidget]


class Desk(QWidget):
    """A desktop behind what floats."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        shade = QLinearGradient(0, 0, self.width(), self.height())
        first, last = ("#CFDDEB", "#E9E2D8") if not self._theme.is_dark else ("#1B2A3A", "#2C2723")
        shade.setColorAt(0, QColor(first))
        shade.setColorAt(1, QColor(last))
        painter.fillRect(QRectF(self.rect()), shade)
        painter.end()

    def put(self, widget: QWidget, x: int, y: int) -> None:
        widget.setParent(self)
        widget.setWindowFlags(Qt.WindowType.Widget)
        widget.adjustSize()
        if isinstance(widget, FloatingCard):
            widget.fit()
            widget.place_body(x, y)
        else:
            widget.move(x, y)
        widget.show()


def page(view: WorkspaceView, *, me: str = "aurora", is_lost: bool = False, text: str = invented.TEXT) -> Make:
    def make(theme: Theme) -> QWidget:
        made = WorkspacePage(theme)
        made.render(view)
        made.editor.open_text(text, file_name="trainer.py")
        own = invented.position(*OWN_CARET[me])
        made.editor.set_caret(own, own)
        made.editor.set_remote_carets(invented.carets(me=me, is_lost=is_lost))
        made.editor.verticalScrollBar().setValue(0)
        return made

    return make


def _presence(theme: Theme) -> QWidget:
    desk = Desk(theme)
    here = invented.people()
    away = (
        *here[:2],
        msgspec.structs.replace(
            here[2], badge=msgspec.structs.replace(here[2].badge, is_here=False), doing=Doing.AWAY, away_minutes=2
        ),
    )
    silent = (
        here[0],
        msgspec.structs.replace(here[1], badge=msgspec.structs.replace(here[1].badge, is_here=False)),
        away[2],
    )
    relay = QualityView(bars=2, path="relay", rtt_ms=142)
    views: tuple[tuple[PresenceBarView, int, int], ...] = (
        (invented.presence(form=BarForm.MINI), 48, 76),
        (invented.presence(form=BarForm.BAR, rows=away), 48, 196),
        (invented.presence(form=BarForm.BAR, rows=away, left_s=587, quality=relay), 48, 296),
        (invented.presence(form=BarForm.BAR, rows=silent, left_s=2282, quality=invented.LOST), 48, 388),
        (invented.presence(form=BarForm.PANEL, rows=away), 708, 76),
    )
    for view, x, y in views:
        bar = FloatingPresence(theme)
        bar.show_presence(view)
        desk.put(bar, x, y)
    return desk


def _expiry(theme: Theme) -> QWidget:
    desk = Desk(theme)
    for is_host, x in ((True, 40), (False, 760)):
        notice = ExpiryNotice(theme)
        notice.show_warning(invented.expiry(600, is_host=is_host))
        desk.put(notice, x, 90)
        notice.resize(640, notice.sizeHint().height())
        card = ExpiryCard(theme)
        card.show_warning(invented.expiry(105, is_host=is_host))
        desk.put(card, x, 222)
        end = EndedPage(theme)
        end.render(invented.ended(is_host=is_host))
        desk.put(end.card, x, 500)
    return desk


def _ended(reason: EndReason, *, is_host: bool) -> Make:
    def make(theme: Theme) -> QWidget:
        made = EndedPage(theme)
        made.render(invented.ended(reason=reason, is_host=is_host))
        return made

    return make


def _find(theme: Theme) -> QWidget:
    made = page(invented.workspace())(theme)
    assert isinstance(made, WorkspacePage)
    made.area.open_find(is_replacing=True)
    made.area.find_bar.find_field.setText("loss")
    return made


HOST = invented.workspace()
GUEST = invented.workspace(me="kestrel", left_s=552)
OWN_CARET = {"aurora": (14, 27), "kestrel": (10, 54)}
WIDE, SMALL = (1440, 860), (960, 640)
PICTURES: dict[str, tuple[Make, tuple[int, int]]] = {
    "05-workspace": (page(HOST), WIDE),
    "05c-guest-workspace": (page(GUEST, me="kestrel"), WIDE),
    "05d-view-only": (page(invented.workspace(me="kestrel", is_view_only=True), me="kestrel"), WIDE),
    "05e-revoke": (page(invented.workspace(revoke="kestrel")), WIDE),
    "05f-end-asked": (page(invented.workspace(is_end_asked=True)), WIDE),
    "05g-find": (_find, WIDE),
    "05h-difference": (page(msgspec.structs.replace(HOST, difference=invented.changed())), WIDE),
    "05i-chat": (page(msgspec.structs.replace(HOST, panel=Panel.CHAT)), WIDE),
    "05j-no-file": (page(msgspec.structs.replace(HOST, editor=None, tabs=())), WIDE),
    "05k-small": (page(HOST), SMALL),
    "05l-purse": (page(invented.spending()), WIDE),
    "05m-paused-small": (page(invented.spending(is_stopped=True)), SMALL),
    "06-presence-overlay": (_presence, (1120, 640)),
    "07-expiry": (_expiry, (1440, 772)),
    "07b-urgent-in-session": (page(invented.workspace(left_s=105)), WIDE),
    "07c-ended": (_ended(EndReason.EXPIRED, is_host=True), WIDE),
    "07d-revoked": (_ended(EndReason.REVOKED, is_host=False), WIDE),
    "07e-host-lost": (_ended(EndReason.LOST, is_host=False), WIDE),
    "11b-reconnecting": (page(invented.workspace(left_s=2282, is_lost=True), is_lost=True), WIDE),
    "11c-reconnecting-guest": (page(invented.workspace(me="kestrel", is_lost=True), me="kestrel", is_lost=True), WIDE),
}


def draw(application: QApplication, chosen: argparse.Namespace) -> list[Path]:
    """Draw the chosen pictures in both themes; return their files."""
    chosen.to.mkdir(parents=True, exist_ok=True)
    width, _, height = chosen.size.partition("x")
    made = []
    for choice in ("light", "dark"):
        theme = Theme(Resources(), choice=choice, text_scale=chosen.text)
        theme.apply(application)
        for name, (make, size) in PICTURES.items():
            if chosen.names and name not in chosen.names:
                continue
            path = chosen.to / f"{name}-{choice}.png"
            _draw(application, make(theme), path, (int(width), int(height)) if height else size)
            made.append(path)
    return made


def _draw(application: QApplication, widget: QWidget, path: Path, size: tuple[int, int]) -> None:
    widget.resize(QSize(*size))
    widget.show()
    for _ in range(4):
        application.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
    widget.grab().save(str(path))
    widget.close()
    widget.deleteLater()


def main() -> None:
    chosen = options()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["QT_SCALE_FACTOR"] = chosen.scale
    for file in draw(QApplication(sys.argv[:1]), chosen):
        print(file)


if __name__ == "__main__":
    main()
