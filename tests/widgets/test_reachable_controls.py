"""Every control of every page has a name, a stable objectName, a large enough target and its place in the tab order."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QLabel, QLineEdit, QRadioButton, QWidget
from pytestqt.qtbot import QtBot

from horizon_desktop.presentation.doctor import Proxy
from horizon_desktop.presentation.join import FormState
from horizon_desktop.presentation.share import InviteState
from horizon_desktop.widgets.approval_card import ApprovalCard
from horizon_desktop.widgets.doctor_page import DoctorPage
from horizon_desktop.widgets.first_run_page import FirstRunPage
from horizon_desktop.widgets.home_page import HomePage
from horizon_desktop.widgets.invite_link_generator import InviteLinkGenerator
from horizon_desktop.widgets.invite_link_share import InviteLinkShare
from horizon_desktop.widgets.join_page import JoinPage
from horizon_desktop.widgets.page_frame import PageFrame
from horizon_desktop.widgets.sessions_page import SessionsPage
from horizon_desktop.widgets.settings_page import SettingsPage
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.usage_page import UsagePage
from tests.pictures import invented, invented_network, invented_settings, invented_usage

CONTROLS = (QAbstractButton, QLineEdit, QAbstractSpinBox)
SMALLEST = 24


def _frame(theme: Theme) -> QWidget:
    frame = PageFrame(theme)
    page = HomePage(theme)
    page.render(invented.home())
    frame.add_page("home", page)
    frame.show_page("home")
    frame.render_frame(invented.SIDE, invented.STATUS)
    return frame


def _first_run(theme: Theme) -> QWidget:
    page = FirstRunPage(theme)
    page.render(invented.first_run())
    return page


def _new_session(theme: Theme) -> QWidget:
    page = InviteLinkGenerator(theme)
    page.render(invented.new_session())
    return page


def _sessions(theme: Theme) -> QWidget:
    page = SessionsPage(theme)
    page.render(invented_settings.sessions(is_end_asked=True, is_end_all_asked=True))
    return page


def _usage(theme: Theme) -> QWidget:
    page = UsagePage(theme)
    page.render(invented_usage.usage())
    return page


def _settings(theme: Theme) -> QWidget:
    page = SettingsPage(theme)
    page.render(invented_network.settings(Proxy(proxy="proxy.example:3128", source="profile")))
    return page


def _doctor(theme: Theme) -> QWidget:
    page = DoctorPage(theme)
    page.render(invented_network.doctor())
    return page


def _share(theme: Theme) -> QWidget:
    page = InviteLinkShare(theme)
    page.render(invented.share(state=InviteState.PAUSED, knock=invented.approval()))
    return page


def _approval(theme: Theme) -> QWidget:
    card = ApprovalCard(theme)
    card.render(invented.approval())
    return card


def _join(theme: Theme) -> QWidget:
    page = JoinPage(theme)
    page.render(invented.join())
    return page


def _waiting(theme: Theme) -> QWidget:
    page = JoinPage(theme)
    page.render(invented.join(state=FormState.WAITING, seconds_left=100))
    return page


def _answered(index: int) -> Callable[[Theme], QWidget]:
    def make(theme: Theme) -> QWidget:
        page = JoinPage(theme)
        page.render(invented.join(invented.ANSWERS[index], seconds_left=12))
        return page

    return make


PAGES: dict[str, Callable[[Theme], QWidget]] = {
    "home": _frame,
    "first run": _first_run,
    "new session": _new_session,
    "sessions": _sessions,
    "usage": _usage,
    "settings": _settings,
    "doctor": _doctor,
    "share": _share,
    "approval": _approval,
    "join": _join,
    "waiting": _waiting,
    **{words.key: _answered(index) for index, words in enumerate(invented.ANSWERS)},
}


@pytest.fixture(params=sorted(PAGES))
def page(request: pytest.FixtureRequest, qtbot: QtBot, theme: Theme) -> QWidget:
    made = PAGES[request.param](theme)
    qtbot.addWidget(made)
    made.resize(1280, 900)
    with qtbot.waitExposed(made):
        made.show()
    return made


def controls(page: QWidget) -> list[QWidget]:
    return [widget for widget in page.findChildren(QWidget) if isinstance(widget, CONTROLS) and widget.isVisible()]


def test_every_control_has_an_accessible_name(page: QWidget) -> None:
    assert [widget.objectName() for widget in controls(page) if not widget.accessibleName().strip()] == []


def test_every_control_has_a_stable_object_name_of_its_own(page: QWidget) -> None:
    inner = {"qt_spinbox_lineedit"}
    names = [widget.objectName() for widget in controls(page) if widget.objectName() not in inner]
    assert "" not in names
    assert len(set(names)) == len(names)


def test_every_target_is_at_least_24_pixels(page: QWidget) -> None:
    small = [
        (widget.objectName(), widget.width(), widget.height())
        for widget in controls(page)
        if min(widget.width(), widget.height()) < SMALLEST
    ]
    assert small == []


def test_every_enabled_control_can_be_reached_by_tab(page: QWidget) -> None:
    def may_tab(widget: QWidget) -> bool:
        group = widget.group() if isinstance(widget, QRadioButton) else None
        stops: list[QWidget] = [widget] if group is None else [*group.buttons()]
        return any(stop.focusPolicy() & Qt.FocusPolicy.TabFocus for stop in stops)

    assert [widget.objectName() for widget in controls(page) if widget.isEnabled() and not may_tab(widget)] == []


def test_no_control_is_the_default_button_of_its_page(page: QWidget) -> None:
    defaults = [widget for widget in controls(page) if getattr(widget, "isDefault", lambda: False)()]
    assert defaults == []


def test_every_label_shows_plain_text(page: QWidget) -> None:
    rich = [label.text() for label in page.findChildren(QLabel) if label.textFormat() != Qt.TextFormat.PlainText]
    assert rich == []


def test_no_label_is_cut_by_what_holds_it(page: QWidget) -> None:
    cut = [
        label.text()
        for label in page.findChildren(QLabel)
        if label.isVisible()
        and label.text()
        and label.wordWrap()
        and label.height() + 1 < label.heightForWidth(label.width())
    ]
    assert cut == []
