"""Draw every page in light and dark into build/pictures: `python -m tests.pictures.draw [--scale 2] [NAME...]`."""

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
from PySide6.QtCore import QEventLoop, QSize, Qt
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from horizon_desktop.presentation.join import FormState
from horizon_desktop.presentation.select_usage import home_quota
from horizon_desktop.presentation.sessions_page import SessionsView
from horizon_desktop.presentation.share import InviteState
from horizon_desktop.presentation.usage_page import UsagePageView
from horizon_desktop.widgets.doctor_page import DoctorPage
from horizon_desktop.widgets.first_run_page import FirstRunPage
from horizon_desktop.widgets.home_page import HomePage
from horizon_desktop.widgets.invite_link_generator import InviteLinkGenerator
from horizon_desktop.widgets.invite_link_share import InviteLinkShare
from horizon_desktop.widgets.join_page import JoinPage
from horizon_desktop.widgets.limits_dialog import LimitsDialog
from horizon_desktop.widgets.page_frame import PageFrame
from horizon_desktop.widgets.pool_dialogs import OfferDialog, RequestDialog
from horizon_desktop.widgets.quota_dialog import QuotaDialog
from horizon_desktop.widgets.resources import Resources
from horizon_desktop.widgets.sessions_page import SessionsPage
from horizon_desktop.widgets.settings_page import SettingsPage
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.usage_page import UsagePage
from tests.pictures import invented, invented_network, invented_settings, invented_usage
from tests.pictures.components import components
from tests.pictures.sheets import approval_and_tray, key_pictures, states

TARGET = Path(__file__).resolve().parents[2] / "build" / "pictures"


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", default="2", help="device pixels to a pixel")
    parser.add_argument("--text", type=float, default=1.0, help="the system's text scale")
    parser.add_argument("--size", default="", help="WIDTHxHEIGHT instead of each picture's own")
    parser.add_argument("--to", type=Path, default=TARGET)
    parser.add_argument("names", nargs="*")
    return parser.parse_args()


Make = Callable[[Theme], QWidget]


def framed(page: QWidget, theme: Theme, *, name: str = "home") -> QWidget:
    frame = PageFrame(theme)
    frame.add_page(name, page)
    frame.show_page(name)
    frame.render_frame(msgspec.structs.replace(invented.SIDE, page=name), invented.STATUS)
    return frame


def _home(theme: Theme) -> QWidget:
    page = HomePage(theme)
    page.render(invented.home())
    return framed(page, theme)


def _empty_home(theme: Theme) -> QWidget:
    page = HomePage(theme)
    page.render(invented.empty_home())
    return framed(page, theme)


def _first_run(theme: Theme) -> QWidget:
    page = FirstRunPage(theme)
    page.render(invented.first_run())
    return framed(page, theme)


def _new_session(theme: Theme) -> QWidget:
    page = InviteLinkGenerator(theme)
    page.render(invented.new_session())
    return framed(page, theme)


def _share(theme: Theme) -> QWidget:
    page = InviteLinkShare(theme)
    page.render(invented.share())
    return framed(page, theme)


def _share_knock(theme: Theme) -> QWidget:
    page = InviteLinkShare(theme)
    page.render(invented.share(knock=invented.approval()))
    return framed(page, theme)


def _share_paused(theme: Theme) -> QWidget:
    page = InviteLinkShare(theme)
    page.render(invented.share(state=InviteState.PAUSED))
    return framed(page, theme)


def _sessions(view: SessionsView) -> Make:
    def make(theme: Theme) -> QWidget:
        page = SessionsPage(theme)
        page.render(view)
        return framed(page, theme, name="sessions")

    return make


def _usage(view: UsagePageView) -> Make:
    def make(theme: Theme) -> QWidget:
        page = UsagePage(theme)
        page.render(view)
        return framed(page, theme, name="usage")

    return make


def _settings(theme: Theme) -> QWidget:
    page = SettingsPage(theme)
    page.render(invented_network.settings())
    return framed(page, theme, name="settings")


def _doctor(theme: Theme) -> QWidget:
    page = DoctorPage(theme)
    page.render(invented_network.doctor())
    return framed(page, theme, name="doctor")


def _home_quota(theme: Theme) -> QWidget:
    page = HomePage(theme)
    page.render(msgspec.structs.replace(invented.home(), quota=home_quota(invented_usage.state())))
    return framed(page, theme)


def _dialog(make: Callable[[Theme, QWidget], QDialog]) -> Make:
    def inside(theme: Theme) -> QWidget:
        page = _usage(invented_usage.usage())(theme)
        dialog = make(theme, page)
        dialog.setWindowFlags(Qt.WindowType.Widget)
        dialog.move(440, 220)
        dialog.show()
        return page

    return inside


def _limits(theme: Theme) -> QWidget:
    page = _new_session(theme)
    dialog = LimitsDialog(theme, invented.new_session().limits, page)
    dialog.setWindowFlags(Qt.WindowType.Widget)
    dialog.setFixedWidth(theme.px(680))
    dialog.move(320, 200)
    dialog.show()
    return page


def _join(theme: Theme) -> QWidget:
    page = JoinPage(theme)
    page.setProperty("surface", "bg")
    page.render(invented.join())
    page.form.code.setText("K7QF2")
    page.focus_main()
    return page


def _join_checking(theme: Theme) -> QWidget:
    page = JoinPage(theme)
    page.setProperty("surface", "bg")
    page.form.code.setText("K7QF2M97")
    page.render(invented.join(state=FormState.CHECKING))
    return page


def _answer(index: int) -> Make:
    def make(theme: Theme) -> QWidget:
        words = invented.ANSWERS[index]
        page = JoinPage(theme)
        page.setProperty("surface", "bg")
        page.render(invented.join())
        page.form.code.setText("R4TD6W8K")
        page.render(invented.join(words, seconds_left=107 if words.key == "join.waiting" else 12))
        page.form.code.deselect()
        return page

    return make


PICTURES: dict[str, tuple[Make, tuple[int, int]]] = {
    "00-components": (components, (1320, 984)),
    "00b-first-run": (_first_run, (1280, 740)),
    "01-home": (_home_quota, (1280, 836)),
    "01-home-no-quota": (_home, (1280, 836)),
    "01-home-empty": (_empty_home, (1280, 836)),
    "02-new-session": (_new_session, (1280, 842)),
    "03-invite-share": (_share, (1280, 792)),
    "03-invite-share-knock": (_share_knock, (1280, 1100)),
    "03-invite-share-paused": (_share_paused, (1280, 860)),
    "03b-approve-notify-tray": (approval_and_tray, (1280, 640)),
    "11-states": (states, (1308, 1024)),
    "12-key-pictures": (key_pictures, (1096, 524)),
    "08-sessions-settings": (_sessions(invented_settings.sessions()), (1280, 842)),
    "08b-end-all": (_sessions(invented_settings.sessions(revoke="", is_end_all_asked=True)), (1280, 842)),
    "08c-end-one": (_sessions(invented_settings.sessions(revoke="", is_end_asked=True)), (1280, 842)),
    "08e-purse": (_sessions(invented_settings.spending()), (1280, 842)),
    "08f-purse-spent": (_sessions(invented_settings.spending(is_stopped=True)), (1280, 842)),
    "08g-hours": (_sessions(invented_settings.limited()), (1280, 842)),
    "08d-guest": (_sessions(invented_settings.guest_sessions()), (1280, 842)),
    "09-quotas-pools": (_usage(invented_usage.usage()), (1280, 860)),
    "02b-limits": (_limits, (1280, 860)),
    "settings": (_settings, (1280, 800)),
    "doctor": (_doctor, (1280, 860)),
    "09b-empty": (_usage(invented_usage.empty()), (1280, 860)),
    "09c-request": (_dialog(lambda theme, page: RequestDialog(theme, invented_usage.usage().pools, page)), (1280, 860)),
    "09e-give": (_dialog(QuotaDialog), (1280, 860)),
    "09d-offer": (_dialog(OfferDialog), (1280, 860)),
    "04-join": (_join, (900, 624)),
    "04a-join-checking": (_join_checking, (900, 624)),
    **{
        f"04-{words.key.replace('.', '-')}": (_answer(index), (900, 624))
        for index, words in enumerate(invented.ANSWERS)
    },
}


def draw(application: QApplication, chosen: argparse.Namespace) -> Iterator[Path]:
    chosen.to.mkdir(parents=True, exist_ok=True)
    width, _, height = chosen.size.partition("x")
    wanted = (int(width), int(height)) if height else None
    for choice in ("light", "dark"):
        theme = Theme(Resources(), choice=choice, text_scale=chosen.text)
        theme.apply(application)
        for name, (make, size) in PICTURES.items():
            if chosen.names and name not in chosen.names:
                continue
            yield _drawn(application, make(theme), chosen.to / f"{name}-{choice}.png", wanted or size)


def _drawn(application: QApplication, widget: QWidget, path: Path, size: tuple[int, int]) -> Path:
    widget.resize(QSize(*size))
    widget.show()
    for _ in range(3):
        application.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
    widget.grab().save(str(path))
    widget.close()
    widget.deleteLater()
    return path


def main() -> None:
    chosen = options()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["QT_SCALE_FACTOR"] = chosen.scale
    application = QApplication(sys.argv[:1])
    for made in draw(application, chosen):
        print(made)


if __name__ == "__main__":
    main()
