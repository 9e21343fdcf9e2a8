"""Settings and the check of the network, by mouse and by keyboard."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from horizon_desktop.presentation import intents
from horizon_desktop.presentation.doctor import DoctorView, Proxy, SettingsView
from horizon_desktop.presentation.wording import Words
from horizon_desktop.widgets.doctor_page import DoctorPage
from horizon_desktop.widgets.settings_page import SettingsPage
from horizon_desktop.widgets.theme import Theme
from tests.pictures.invented_network import doctor, settings


@pytest.fixture
def said() -> list[object]:
    return []


def show(page: QWidget, qtbot: QtBot) -> None:
    qtbot.addWidget(page)
    page.resize(1072, 820)
    with qtbot.waitActive(page):
        page.show()
        page.activateWindow()


@pytest.fixture
def set_up(qtbot: QtBot, theme: Theme, said: list[object]) -> Callable[[SettingsView], SettingsPage]:
    def make(view: SettingsView) -> SettingsPage:
        page = SettingsPage(theme)
        page.render(view)
        page.intent.connect(said.append)
        show(page, qtbot)
        return page

    return make


@pytest.fixture
def checked(qtbot: QtBot, theme: Theme, said: list[object]) -> Callable[[DoctorView], DoctorPage]:
    def make(view: DoctorView) -> DoctorPage:
        page = DoctorPage(theme)
        page.render(view)
        page.intent.connect(said.append)
        show(page, qtbot)
        return page

    return make


def test_the_theme_is_chosen(set_up: Callable[[SettingsView], SettingsPage], said: list[object], qtbot: QtBot) -> None:
    page = set_up(settings())
    qtbot.mouseClick(page.theme_choice.segment("dark"), Qt.MouseButton.LeftButton)
    assert said == [intents.ChooseTheme(theme="dark")]


def test_a_proxy_is_typed_and_used(
    set_up: Callable[[SettingsView], SettingsPage], said: list[object], qtbot: QtBot
) -> None:
    page = set_up(settings())
    assert not page.field.isVisible()
    qtbot.mouseClick(page.proxy_choice.segment("own"), Qt.MouseButton.LeftButton)
    assert said == []
    qtbot.keyClicks(page.field, "http://proxy.example:3128")
    qtbot.keyClick(page.field, Qt.Key.Key_Return)
    assert said == [intents.ChooseProxy(text="http://proxy.example:3128")]


@pytest.mark.parametrize(("choice", "text"), [("none", "none"), ("", "")])
def test_no_proxy_and_the_systems_need_no_typing(
    set_up: Callable[[SettingsView], SettingsPage], said: list[object], qtbot: QtBot, choice: str, text: str
) -> None:
    page = set_up(settings(Proxy(proxy="proxy.example:3128", user="me", source="profile")))
    qtbot.mouseClick(page.proxy_choice.segment(choice), Qt.MouseButton.LeftButton)
    assert said == [intents.ChooseProxy(text=text)]


def test_a_kept_proxy_is_shown_without_its_password(set_up: Callable[[SettingsView], SettingsPage]) -> None:
    page = set_up(settings(Proxy(proxy="proxy.example:3128", user="me", source="profile")))
    assert page.field.placeholderText() == "me@proxy.example:3128"
    assert page.field.text() == ""


def test_what_is_no_proxy_is_said_below_its_field_and_stays_there(
    set_up: Callable[[SettingsView], SettingsPage], qtbot: QtBot
) -> None:
    page = set_up(settings())
    qtbot.mouseClick(page.proxy_choice.segment("own"), Qt.MouseButton.LeftButton)
    page.field.setText("ftp://x")
    page.render(settings(Proxy(problem=Words("proxy.url"))))
    assert page.field.text() == "ftp://x"
    assert page.field.property("err") == "true"
    assert page.note.accessibleName()


def test_a_proxy_of_the_configuration_cannot_be_changed(set_up: Callable[[SettingsView], SettingsPage]) -> None:
    page = set_up(settings(Proxy(proxy="proxy.example:3128", source="configuration")))
    assert not page.save_button.isEnabled()
    assert not any(segment.isEnabled() for segment in page.proxy_choice.segments())


def test_the_check_is_reached_from_the_settings(
    set_up: Callable[[SettingsView], SettingsPage], said: list[object], qtbot: QtBot
) -> None:
    qtbot.mouseClick(set_up(settings()).check_button, Qt.MouseButton.LeftButton)
    assert said == [intents.ShowPage(page="doctor")]


def test_the_check_runs_for_the_hub_in_the_field(
    checked: Callable[[DoctorView], DoctorPage], said: list[object], qtbot: QtBot
) -> None:
    page = checked(doctor(is_done=False))
    assert page.field.text() == "https://hub.example:7443"
    qtbot.keyClick(page.field, Qt.Key.Key_Return)
    assert said == [intents.RunCheck(target="https://hub.example:7443")]


def test_a_running_check_is_not_run_twice(
    checked: Callable[[DoctorView], DoctorPage], said: list[object], qtbot: QtBot
) -> None:
    page = checked(doctor(is_done=False, is_running=True))
    qtbot.mouseClick(page.run_button, Qt.MouseButton.LeftButton)
    qtbot.keyClick(page.field, Qt.Key.Key_Return)
    assert said == []
    assert page.run_button.accessibleName() == "Checking"


def test_every_finding_is_read_out_with_its_state_and_advice(checked: Callable[[DoctorView], DoctorPage]) -> None:
    page = checked(doctor())
    udp = page.findChild(QWidget, "doctor.udp")
    assert udp.accessibleName().startswith("UDP. Limited. UDP doesn't get through: nothing comes back. Sessions work")
    result = page.findChild(QWidget, "doctor.result")
    assert result.accessibleName().endswith("Sessions will most likely go through the relay.")


def test_the_report_is_saved_from_the_result(
    checked: Callable[[DoctorView], DoctorPage], said: list[object], qtbot: QtBot
) -> None:
    page = checked(doctor())
    qtbot.mouseClick(page.findChild(object, "doctor.result.save"), Qt.MouseButton.LeftButton)
    assert said == [intents.SaveReport()]
