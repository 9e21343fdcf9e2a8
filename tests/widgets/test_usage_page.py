"""The page Quotas and pools: deciding, asking, offering; and what a screen reader hears of the bars."""

from collections.abc import Callable

import msgspec
import pytest
from PySide6.QtCore import QDate, Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from horizon_desktop.presentation import usage_intents
from horizon_desktop.presentation.usage_page import UsagePageView
from horizon_desktop.widgets.amount_dialog import AmountDialog
from horizon_desktop.widgets.pool_dialogs import OfferDialog, RequestDialog
from horizon_desktop.widgets.quota_bar import QuotaBar
from horizon_desktop.widgets.quota_dialog import QuotaDialog
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.usage_page import UsagePage
from horizon_desktop.widgets.usage_texts import day_words
from tests.pictures.invented_usage import BOUNTY, NIGHT, STRATUS, empty, usage

Shown = Callable[[UsagePageView], UsagePage]


@pytest.fixture
def said() -> list[object]:
    return []


@pytest.fixture
def shown(qtbot: QtBot, theme: Theme, said: list[object]) -> Shown:
    def make(view: UsagePageView) -> UsagePage:
        page = UsagePage(theme)
        qtbot.addWidget(page)
        page.resize(1072, 820)
        page.render(view)
        page.intent.connect(said.append)
        with qtbot.waitExposed(page):
            page.show()
        return page

    return make


def test_a_request_is_approved_or_declined_by_one_press(shown: Shown, said: list[object], qtbot: QtBot) -> None:
    card = shown(usage()).request_card(STRATUS)
    assert card.approve_button.accessibleName() == "Approve: stratus, 40 GPU hours from Group allocation"
    qtbot.mouseClick(card.approve_button, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(card.decline_button, Qt.MouseButton.LeftButton)
    assert said == [
        usage_intents.ApproveRequest(allocation_id=STRATUS),
        usage_intents.DeclineRequest(allocation_id=STRATUS),
    ]


def test_an_answer_on_its_way_cannot_be_given_twice(shown: Shown, said: list[object], qtbot: QtBot) -> None:
    view = usage()
    page = shown(view)
    waiting = tuple(msgspec.structs.replace(request, is_deciding=True) for request in view.waiting)
    page.render(msgspec.structs.replace(view, waiting=waiting))
    qtbot.mouseClick(page.request_card(STRATUS).approve_button, Qt.MouseButton.LeftButton)
    assert said == []


def dialog_of(page: QWidget, kind: type) -> object:
    return page.window().findChildren(kind)[-1]


@pytest.mark.parametrize(("typed", "given"), [("20", "20"), ("0,5", "0.5"), ("41", ""), ("nothing", "")])
def test_another_amount_is_given_or_refused_where_it_is_typed(
    shown: Shown, said: list[object], qtbot: QtBot, typed: str, given: str
) -> None:
    page = shown(usage())
    qtbot.mouseClick(page.request_card(STRATUS).change_button, Qt.MouseButton.LeftButton)
    dialog = dialog_of(page, AmountDialog)
    assert isinstance(dialog, AmountDialog)
    assert dialog.field.text() == "40"
    dialog.field.setText(typed)
    dialog.confirm()
    assert said == ([usage_intents.ApproveRequest(allocation_id=STRATUS, amount=given)] if given else [])
    assert dialog.note.isVisible() is not bool(given)


def test_hours_are_requested_from_a_pool(shown: Shown, said: list[object], qtbot: QtBot) -> None:
    page = shown(usage())
    qtbot.mouseClick(page.request_button, Qt.MouseButton.LeftButton)
    dialog = dialog_of(page, RequestDialog)
    assert isinstance(dialog, RequestDialog)
    dialog.pool.setCurrentIndex(dialog.pool.findData(NIGHT))
    dialog.amount.setText("8")
    dialog.purpose.setText("ablation")
    dialog.confirm()
    asked = said[0]
    assert isinstance(asked, usage_intents.RequestHours)
    assert (asked.pool_id, asked.amount, asked.purpose) == (NIGHT, "8", "ablation")
    assert len(asked.key) == 32


def test_a_bounty_is_not_asked_without_a_purpose(shown: Shown, said: list[object]) -> None:
    page = shown(usage())
    page.request()
    dialog = dialog_of(page, RequestDialog)
    assert isinstance(dialog, RequestDialog)
    dialog.pool.setCurrentIndex(dialog.pool.findData(BOUNTY))
    dialog.amount.setText("1")
    dialog.confirm()
    assert said == []
    assert dialog.note.accessibleName() == "A bounty is given for work that is named."


def test_a_pool_is_offered(shown: Shown, said: list[object], qtbot: QtBot) -> None:
    page = shown(empty())
    qtbot.mouseClick(page.findChild(object, "usage.empty.offer"), Qt.MouseButton.LeftButton)
    dialog = dialog_of(page, OfferDialog)
    assert isinstance(dialog, OfferDialog)
    dialog.name_field.setText("Night pool")
    dialog.total.setText("48")
    dialog.share.setText("60")
    dialog.confirm()
    assert said == []
    dialog.share.setText("40")
    dialog.confirm()
    assert said == [usage_intents.OfferPool(name="Night pool", resource="gpu_hours", total="48", most_per_user="40")]


def test_bars_are_read_out_in_words(shown: Shown) -> None:
    page = shown(usage())
    names = [bar.accessibleName() for bar in page.findChildren(QuotaBar)]
    assert "Your GPU hours, of 500 used, Used 412, Reserved 38, Limit 500, Burst to 650, needs approval" in names
    assert "65 percent" in names
    assert "29 of 48 h left" in names


def test_export_and_request_stand_there_only_where_they_lead_somewhere(shown: Shown) -> None:
    page = shown(empty())
    assert not page.export_button.isVisible()
    assert not page.request_button.isVisible()
    assert page.findChild(object, "usage.empty").isVisible()


def test_days_are_said_as_people_say_them() -> None:
    today = QDate(2026, 11, 22)
    assert day_words("2026-11-22", today) == "Today"
    assert day_words("2026-11-21", today) == "Yesterday"
    assert day_words("2026-11-18", today).startswith("18 ")
    assert day_words("2025-11-18", today).endswith("2025")


def test_in_a_narrow_window_what_waits_stands_below(shown: Shown, qtbot: QtBot) -> None:
    page = shown(usage())
    page.resize(800, 1400)
    qtbot.waitUntil(lambda: page.request_card(STRATUS).width() > 500)


@pytest.mark.parametrize(
    ("person", "limit", "days", "words"),
    [
        (" ", "8", "30", "Say who may use it."),
        ("maya", "none", "30", "An amount above 0, such as 8 or 0.5."),
        ("maya", "8", "0", "More than 0 days and at most 366; half a day is 0.5."),
        ("maya", "8", "367", "More than 0 days and at most 366; half a day is 0.5."),
    ],
)
def test_a_quota_is_not_given_before_every_field_is_right(
    shown: Shown, said: list[object], qtbot: QtBot, person: str, limit: str, days: str, words: str
) -> None:
    page = shown(usage())
    qtbot.mouseClick(page.give_button, Qt.MouseButton.LeftButton)
    dialog = dialog_of(page, QuotaDialog)
    assert isinstance(dialog, QuotaDialog)
    dialog.person.setText(person)
    dialog.limit.setText(limit)
    dialog.days.setText(days)
    dialog.confirm()
    assert (said, dialog.note.isVisible(), dialog.note.accessibleName()) == ([], True, words)


def test_a_quota_is_given_with_burst_for_days(shown: Shown, said: list[object], qtbot: QtBot) -> None:
    page = shown(usage())
    qtbot.mouseClick(page.give_button, Qt.MouseButton.LeftButton)
    dialog = dialog_of(page, QuotaDialog)
    assert isinstance(dialog, QuotaDialog)
    dialog.person.setText("maya@lab.example")
    dialog.limit.setText("40")
    dialog.days.setText("0,5")
    dialog.burst.setCurrentIndex(dialog.burst.findData("1.5"))
    qtbot.keyClick(dialog.limit, Qt.Key.Key_Return)
    assert said == [
        usage_intents.GiveQuota(beneficiary="maya@lab.example", resource="gpu_hours", limit="40", hours=12, burst="1.5")
    ]


def test_without_quota_and_pool_one_can_begin_with_either(shown: Shown, qtbot: QtBot) -> None:
    page = shown(empty())
    give = page.findChild(QWidget, "usage.empty.give")
    assert isinstance(give, QWidget)
    qtbot.mouseClick(give, Qt.MouseButton.LeftButton)
    assert dialog_of(page, QuotaDialog).isVisible()  # type: ignore[attr-defined]
