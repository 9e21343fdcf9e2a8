"""JoinPage and RedemptionForm: every state an invite can be in, by keyboard alone."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from horizon_desktop.presentation.intents import CancelJoin, Intent, Join, RetryJoin, WriteToHost
from horizon_desktop.presentation.join import FormState
from horizon_desktop.presentation.wording import Words
from horizon_desktop.widgets import texts
from horizon_desktop.widgets.join_page import JoinPage
from horizon_desktop.widgets.text_label import TextLabel
from horizon_desktop.widgets.theme import Theme
from tests.pictures import invented

STOPPED = [words for words in invented.ANSWERS if invented.join(words).form.state is FormState.STOPPED]


@pytest.fixture
def page(qtbot: QtBot, theme: Theme) -> JoinPage:
    made = JoinPage(theme)
    qtbot.addWidget(made)
    made.resize(900, 624)
    made.render(invented.join())
    made.show()
    made.focus_main()
    return made


@pytest.fixture
def said(page: JoinPage) -> list[Intent]:
    heard: list[Intent] = []
    page.intent.connect(heard.append)
    return heard


def shown(page: JoinPage) -> str:
    return "\n".join(label.text() for label in page.findChildren(TextLabel) if label.isVisible())


def test_the_focus_starts_in_the_code_field(page: JoinPage) -> None:
    assert page.focusWidget() is page.form.code


def test_code_and_enter_join(qtbot: QtBot, page: JoinPage, said: list[Intent]) -> None:
    qtbot.keyClicks(page.form.code, "k7qf-2m97")
    qtbot.keyClick(page.form.code, Qt.Key.Key_Return)
    assert said == [Join(link=invented.LINK, code="K7QF-2M97", name="Guest 1")]


def test_control_enter_joins_from_anywhere(qtbot: QtBot, page: JoinPage, said: list[Intent]) -> None:
    qtbot.keyClicks(page.form.code, "k7qf2m97")
    page.form.name_field.setFocus()
    qtbot.keyClick(page.form.name_field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert [type(intent) for intent in said] == [Join]


def test_join_waits_for_eight_characters_and_a_name(qtbot: QtBot, page: JoinPage, said: list[Intent]) -> None:
    qtbot.keyClicks(page.form.code, "K7QF2M9")
    assert not page.form.join_button.isEnabled()
    qtbot.keyClicks(page.form.code, "7")
    assert page.form.join_button.isEnabled()
    page.form.name_field.setText("   ")
    assert not page.form.join_button.isEnabled()
    qtbot.keyClick(page.form.code, Qt.Key.Key_Return)
    assert said == []


def test_while_the_code_is_checked_nothing_can_be_said_twice(qtbot: QtBot, page: JoinPage, said: list[Intent]) -> None:
    qtbot.keyClicks(page.form.code, "K7QF2M97")
    page.render(invented.join(state=FormState.CHECKING))
    qtbot.keyClick(page.form.code, Qt.Key.Key_Return)
    assert said == []
    assert page.form.join_button.label() == "Checking the code"


def test_a_wrong_code_stays_in_selected_and_focused(qtbot: QtBot, page: JoinPage) -> None:
    qtbot.keyClicks(page.form.code, "R4TD6W8K")
    page.render(invented.join(state=FormState.CHECKING))
    page.render(invented.join(Words("code.wrong", {"n": 3, "host": "aurora"})))
    assert page.form.code.selectedText() == "R4TD6W8K"
    assert page.focusWidget() is page.form.code
    assert "3 tries left. Check for swapped characters, or ask aurora to read it again." in shown(page)


def test_a_new_second_does_not_bring_back_an_error_that_typing_took_away(qtbot: QtBot, page: JoinPage) -> None:
    wrong = invented.join(Words("code.wrong", {"n": 3, "host": "aurora"}))
    page.render(wrong)
    qtbot.keyClicks(page.form.code, "K7")
    page.render(wrong)
    assert "That code doesn't match" not in shown(page)
    assert page.form.code.code() == "K7"


def test_the_same_error_after_another_try_is_said_again(qtbot: QtBot, page: JoinPage) -> None:
    typo = invented.join(Words("code.typo"))
    page.render(typo)
    qtbot.keyClicks(page.form.code, "K7QF2M97")
    page.render(invented.join(state=FormState.CHECKING))
    page.render(typo)
    assert "That isn't a whole code yet." in shown(page)


def test_slowed_down_counts_the_seconds_and_keeps_the_code(qtbot: QtBot, page: JoinPage) -> None:
    qtbot.keyClicks(page.form.code, "K7QF2M97")
    page.render(invented.join(Words("code.slow", {"s": 12}), seconds_left=12))
    assert "Wait 12 seconds" in shown(page)
    assert not page.form.join_button.isEnabled()
    page.render(invented.join(Words("code.slow", {"s": 12}), seconds_left=1))
    assert "Wait 1 second" in shown(page)
    page.render(invented.join())
    assert page.form.join_button.isEnabled()
    assert page.form.code.code() == "K7QF2M97"


def test_waiting_shows_the_two_minutes_and_can_be_cancelled(page: JoinPage, said: list[Intent]) -> None:
    page.render(invented.join(Words("join.waiting", {"host": "aurora"}), seconds_left=107))
    assert "Waiting for aurora to let you in" in shown(page)
    assert "1:47" in shown(page)
    page.findChild(QPushButton, "join.cancel").click()
    assert said == [CancelJoin()]


@pytest.mark.parametrize("words", STOPPED, ids=lambda words: words.key)
def test_a_stop_says_what_happened_and_offers_a_way_on(page: JoinPage, words: Words) -> None:
    page.render(invented.join(words))
    assert texts.title(words) in shown(page)
    assert texts.text(words) in shown(page)
    ways = [button for button in page.form.findChildren(QPushButton) if button.isVisible() and button.isEnabled()]
    assert ways
    assert not page.form.code.isVisible()


@pytest.mark.parametrize(
    ("key", "button", "intent"),
    [
        ("join.declined", "join.stopped.ask_again", RetryJoin()),
        ("join.declined", "join.stopped.close", CancelJoin()),
        ("hub.unreachable", "join.stopped.try_again", RetryJoin()),
        ("hub.pin", "join.stopped.close", CancelJoin()),
        ("code.locked", "join.ended.main", WriteToHost(reason="ask_invite", host="aurora")),
        ("invite.used", "join.ended.main", WriteToHost(reason="tell_host", host="aurora")),
        ("key.mismatch", "join.stopped.leave", CancelJoin()),
    ],
)
def test_the_way_on_does_what_it_says(
    page: JoinPage, said: list[Intent], key: str, button: str, intent: Intent
) -> None:
    page.render(invented.join(next(words for words in invented.ANSWERS if words.key == key)))
    page.findChild(QPushButton, button).click()
    assert said == [intent]


def test_comparing_keys_shows_the_full_key(page: JoinPage, said: list[Intent]) -> None:
    page.render(invented.join(Words("key.mismatch", {"host": "aurora"})))
    page.findChild(QPushButton, "join.stopped.compare_keys").click()
    assert said == []
    assert invented.FULL_KEY in shown(page).replace(" ", "")


def test_a_dead_invite_tells_what_it_was_meant_for(page: JoinPage) -> None:
    page.render(invented.join(Words("code.locked", {"n": 5, "host": "aurora"})))
    assert "It was meant for" in shown(page)
    assert "Invite valid" not in shown(page)


def test_the_window_is_described_by_its_trust_part(page: JoinPage) -> None:
    told = page.accessibleDescription()
    assert "aurora invites you to Fix the loss spike" in told
    assert "Closed: You can't invite anyone else" in told
    assert "Anchor" in told


def test_the_link_is_never_shown(page: JoinPage) -> None:
    assert invented.LINK not in shown(page)
    assert invented.LINK not in repr(invented.join())


def test_an_error_is_announced_at_once_and_waiting_politely(page: JoinPage) -> None:
    said: list[tuple[str, bool]] = []
    page.announcer.said.connect(lambda text, is_assertive: said.append((text, is_assertive)))
    wrong = invented.join(Words("code.wrong.last", {"host": "aurora"}))
    page.render(wrong)
    page.render(wrong)
    page.render(invented.join(Words("join.waiting", {"host": "aurora"}), seconds_left=119))
    page.render(invented.join(Words("join.waiting", {"host": "aurora"}), seconds_left=118))
    assert [is_assertive for _, is_assertive in said] == [True, False]
    assert said[0][0].startswith("That code doesn't match this invite. 1 try left.")


def test_tab_goes_from_the_code_to_the_name_to_join(qtbot: QtBot, page: JoinPage) -> None:
    qtbot.keyClicks(page.form.code, "K7QF2M97")
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow, timeout=2000)
    names = []
    for _ in range(2):
        qtbot.keyClick(page.focusWidget(), Qt.Key.Key_Tab)
        names.append(page.focusWidget().objectName())
    assert names == ["join.name", "join.join"]


def test_a_wrong_code_is_said_in_bold_and_in_red(page: JoinPage) -> None:
    page.render(invented.join(Words("code.wrong", {"n": 3, "host": "aurora"})))
    label = next(
        label for label in page.form.note.findChildren(TextLabel) if label.text().startswith("That code doesn't")
    )
    assert label.font().weight() == 600
    assert label.property("tone") == "bad"
