"""The host's pages say what was chosen, and nothing else; each can be driven by keyboard alone."""

from collections.abc import Callable

import msgspec
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QPushButton, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from horizon_desktop.presentation.home import CardAction
from horizon_desktop.presentation.intents import (
    AddFiles,
    AskForFiles,
    Back,
    CancelInvite,
    ChooseAccess,
    ChooseGuests,
    ChooseMinutes,
    ChooseSessionType,
    ChooseTheme,
    CopyCode,
    CopyLink,
    CreateInvite,
    Decline,
    FinishFirstRun,
    HideCode,
    Intent,
    InviteMore,
    LetIn,
    OpenLink,
    RemoveDraftFile,
    ResumeInvite,
    ResumeSession,
    SaveQr,
    SetApproval,
    SetRelayAllowed,
    SetTitle,
    ShowLinkForm,
    ShowPage,
    WriteMail,
)
from horizon_desktop.presentation.new_session import SessionDraft
from horizon_desktop.presentation.select_usage import home_quota
from horizon_desktop.presentation.share import InviteState
from horizon_desktop.presentation.wording import Words
from horizon_desktop.widgets.approval_card import ApprovalCard
from horizon_desktop.widgets.first_run_page import FirstRunPage
from horizon_desktop.widgets.home_page import HomePage
from horizon_desktop.widgets.invite_link_generator import InviteLinkGenerator
from horizon_desktop.widgets.invite_link_share import InviteLinkShare
from horizon_desktop.widgets.page_frame import PageFrame
from horizon_desktop.widgets.resources import Resources
from horizon_desktop.widgets.session_card import SessionCard
from horizon_desktop.widgets.side_bar import SideBar
from horizon_desktop.widgets.text_label import ElidedLabel, TextLabel
from horizon_desktop.widgets.theme import Theme
from tests.pictures import invented
from tests.pictures.invented_usage import state as usage_state

CONTROL = Qt.KeyboardModifier.ControlModifier


def shown(page: QWidget) -> str:
    labels = [label for label in page.findChildren(TextLabel) if label.isVisible()]
    return "\n".join(label.whole_text() if isinstance(label, ElidedLabel) else label.text() for label in labels)


def listen(page: HomePage | InviteLinkGenerator | InviteLinkShare | ApprovalCard | FirstRunPage) -> list[Intent]:
    heard: list[Intent] = []
    page.intent.connect(heard.append)
    return heard


def press(page: QWidget, name: str) -> None:
    button = page.findChild(QPushButton, name)
    assert button is not None, name
    button.click()


@pytest.fixture
def home(qtbot: QtBot, theme: Theme) -> HomePage:
    page = HomePage(theme)
    qtbot.addWidget(page)
    page.resize(1072, 800)
    page.render(invented.home())
    page.show()
    return page


@pytest.fixture
def new(qtbot: QtBot, theme: Theme) -> InviteLinkGenerator:
    page = InviteLinkGenerator(theme)
    qtbot.addWidget(page)
    page.resize(1072, 800)
    page.render(invented.new_session())
    page.show()
    return page


@pytest.fixture
def share(qtbot: QtBot, theme: Theme) -> InviteLinkShare:
    page = InviteLinkShare(theme)
    qtbot.addWidget(page)
    page.resize(1072, 800)
    page.render(invented.share())
    page.show()
    return page


# --- home ---


def test_home_counts_in_words_and_shows_a_card_for_each_session(home: HomePage) -> None:
    text = shown(home)
    assert "Three sessions are open. The next one ends in 9 minutes." in text
    assert "Pair editing \u00b7 trainer.py and 3 files" in text
    assert len(home.findChildren(SessionCard)) == 3


def test_a_session_that_is_gone_loses_its_card_and_the_others_stay_the_same(home: HomePage) -> None:
    first = home.findChildren(SessionCard)[0]
    view = invented.home()
    home.render(type(view)(summary=view.summary, cards=view.cards[:1]))
    assert [card for card in home.findChildren(SessionCard) if card.isVisible()] == [first]


def test_an_empty_home_says_what_to_do(home: HomePage) -> None:
    home.render(invented.empty_home())
    assert "No sessions yet" in shown(home)
    assert "Active now" not in shown(home)


def test_home_shows_the_own_quota_and_leads_to_what_waits(home: HomePage) -> None:
    assert not home.quota.isVisible()
    view = msgspec.structs.replace(invented.home(), quota=home_quota(usage_state()))
    home.render(view)
    text = shown(home)
    assert "412 of 500" in text
    assert "38 reserved by what runs. Burst up to 650 with approval." in text
    assert "2 requests need you" in text
    assert "Oldest waiting 3 h" in text
    heard = listen(home)
    press(home, "home.review")
    assert heard == [ShowPage(page="usage")]
    home.render(invented.home())
    assert not home.quota.isVisible()


def test_a_pasted_link_opens_and_joins_nothing(qtbot: QtBot, home: HomePage) -> None:
    heard = listen(home)
    qtbot.keyClicks(home.link.field, "  horizon://join/AAAA ")
    qtbot.keyClick(home.link.field, Qt.Key.Key_Return)
    assert heard == [OpenLink(link="horizon://join/AAAA")]


def test_a_bad_link_is_said_at_the_field_until_somebody_types(qtbot: QtBot, home: HomePage) -> None:
    view = invented.home()
    home.render(type(view)(summary=view.summary, link_problem=Words("invite.bad")))
    assert "This isn't a Horizon link." in shown(home)
    qtbot.keyClicks(home.link.field, "h")
    assert "This isn't a Horizon link." not in shown(home)


def test_an_empty_link_says_so_without_asking_anyone(home: HomePage) -> None:
    heard = listen(home)
    press(home, "home.join_link.join")
    assert heard == []
    assert "This isn't a Horizon link." in shown(home)


@pytest.mark.parametrize(
    ("action", "intent"),
    [
        (CardAction.OPEN, ShowPage(page="workspace", session_id="a" * 64)),
        (CardAction.SHOW_INVITE, ShowPage(page="share", session_id="a" * 64)),
        (CardAction.RESUME, ResumeSession(session_id="a" * 64)),
    ],
)
def test_the_button_of_a_card_does_what_matters_now(home: HomePage, action: CardAction, intent: Intent) -> None:
    view = invented.home()
    card = view.cards[0]
    changed = type(card)(**{**{name: getattr(card, name) for name in card.__struct_fields__}, "action": action})
    home.render(type(view)(summary=view.summary, cards=(changed,)))
    heard = listen(home)
    press(home, "home.session.aaaaaaaa.open")
    assert heard == [intent]


def test_the_menu_of_an_interrupted_session_is_empty_and_of_a_hosted_one_offers_its_end(home: HomePage) -> None:
    labels = [action.text() for action in home.findChildren(SessionCard)[0].menu().actions() if action.text()]
    assert labels == ["Open", "Show invite", "Extend 30 min", "End session"]


# --- first run ---


def test_the_first_run_needs_one_press(qtbot: QtBot, theme: Theme) -> None:
    page = FirstRunPage(theme)
    qtbot.addWidget(page)
    page.render(invented.first_run())
    heard = listen(page)
    press(page, "first_run.new")
    assert heard == [FinishFirstRun(name="aurora"), ShowPage(page="new_session")]


def test_a_name_that_was_not_read_yet_is_neither_said_nor_changed(qtbot: QtBot, theme: Theme) -> None:
    page = FirstRunPage(theme)
    qtbot.addWidget(page)
    known = invented.first_run()
    page.render(msgspec.structs.replace(known, name="", pictures=()))
    said = [label.text() for label in page.findChildren(QLabel)]
    assert not any(text.startswith("You are") for text in said)
    assert not page.name_button.isEnabled()
    page.render(known)
    assert page.name_button.isEnabled()


def test_an_invited_person_ends_the_first_run_with_the_link(qtbot: QtBot, theme: Theme) -> None:
    page = FirstRunPage(theme)
    qtbot.addWidget(page)
    page.render(invented.first_run())
    heard = listen(page)
    qtbot.keyClicks(page.link.field, "horizon://join/AAAA")
    qtbot.keyClick(page.link.field, Qt.Key.Key_Return)
    assert heard == [FinishFirstRun(name="aurora"), OpenLink(link="horizon://join/AAAA")]


# --- new session ---


def test_control_enter_creates_the_invite(qtbot: QtBot, new: InviteLinkGenerator) -> None:
    heard = listen(new)
    new.title_field.setFocus()
    qtbot.keyClick(new.title_field, Qt.Key.Key_Return, CONTROL)
    assert heard == [CreateInvite()]


def test_without_files_the_button_says_what_is_missing_and_creates_nothing(new: InviteLinkGenerator) -> None:
    new.render(invented.new_session(SessionDraft(guests=2)))
    heard = listen(new)
    button = new.findChild(QPushButton, "new.create")
    assert button.accessibleName() == "Choose what to share"
    assert button.isEnabled()
    button.click()
    assert heard == []
    assert new.focusWidget() is new.share_from


def test_a_failure_is_said_above_the_button(new: InviteLinkGenerator) -> None:
    draft = SessionDraft(files=("/x/big.bin",), problem=Words("file.binary", {"file": "big.bin"}))
    new.render(invented.new_session(draft))
    assert "big.bin can't be edited together" in shown(new)
    assert new.findChild(QPushButton, "new.create").accessibleName() == "Create invite"


def test_while_it_is_created_nothing_is_said_twice(qtbot: QtBot, new: InviteLinkGenerator) -> None:
    new.render(invented.new_session(SessionDraft(files=("/x/a.py",), is_creating=True)))
    heard = listen(new)
    qtbot.keyClick(new.title_field, Qt.Key.Key_Return, CONTROL)
    press(new, "new.create")
    assert heard == []


def test_each_choice_is_said(qtbot: QtBot, new: InviteLinkGenerator) -> None:
    heard = listen(new)
    new.findChild(QWidget, "new.type.review").click()
    new.permissions.choice("chat").segment(0).click()
    new.minutes.segment(180).click()
    new.summary.guests.segment(5).click()
    new.summary.approval.click()
    new.summary.relay.click()
    qtbot.keyClicks(new.title_field, "!")
    new.cancel_button.click()
    assert heard == [
        ChooseSessionType(session_type="review"),
        ChooseAccess(channel="chat", access=0),
        ChooseMinutes(minutes=180),
        ChooseGuests(guests=5),
        SetApproval(is_asked=False),
        SetRelayAllowed(is_allowed=False),
        SetTitle(title="Fix the loss spike!"),
        Back(),
    ]


def test_showing_a_draft_says_nothing_by_itself(new: InviteLinkGenerator) -> None:
    heard = listen(new)
    new.render(invented.new_session(SessionDraft(minutes=45, guests=5, channels={"edits": 0}, files=("a",))))
    assert heard == []


def test_arrow_keys_move_within_a_choice(qtbot: QtBot, new: InviteLinkGenerator) -> None:
    heard = listen(new)
    control = new.permissions.choice("edits")
    control.segment(2).setFocus()
    qtbot.keyClick(control.segment(2), Qt.Key.Key_Left)
    assert heard == [ChooseAccess(channel="edits", access=1)]


def test_another_length_can_be_typed(qtbot: QtBot, new: InviteLinkGenerator) -> None:
    heard = listen(new)
    new.minutes.segment(0).click()
    assert new.custom.isVisible()
    new.custom.setValue(45)
    assert heard == [ChooseMinutes(minutes=45)]
    new.render(invented.new_session(SessionDraft(files=("a",), minutes=45)))
    assert new.minutes.value() == 0


def test_files_are_asked_for_taken_out_and_dropped(new: InviteLinkGenerator) -> None:
    heard = listen(new)
    menu = new.share_from.menu_of_files()
    actions = {action.text(): action for action in menu.actions() if action.text()}
    actions["Add files"].trigger()
    actions["Add a folder"].trigger()
    actions["Take out trainer.py"].trigger()
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile("/x/new.py"), QUrl("https://hub.example/x")])
    new.dropEvent(
        QDropEvent(
            QPointF(5, 5), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        )
    )
    assert heard == [
        AskForFiles(is_folder=False),
        AskForFiles(is_folder=True),
        RemoveDraftFile(path="/home/aurora/runs/loss-spike/trainer.py"),
        AddFiles(paths=("/x/new.py",)),
    ]


def test_what_is_not_built_is_not_shown(new: InviteLinkGenerator) -> None:
    text = shown(new)
    for absent in ("Terminal", "Ports", "Gradients", "Telemetry", "Record to audit log", "Limits and rate", "Bounty"):
        assert absent not in text


def test_a_narrow_page_stacks_its_columns(new: InviteLinkGenerator, qtbot: QtBot) -> None:
    new.resize(904, 900)
    qtbot.waitUntil(lambda: new.summary.x() < 100, timeout=2000)
    assert new.summary.y() > new.permissions.y()


# --- share ---


def test_link_and_code_are_copied_apart(qtbot: QtBot, share: InviteLinkShare) -> None:
    heard = listen(share)
    share.copy_link_button.click()
    share.copy_code_button.click()
    qtbot.keyClick(share, Qt.Key.Key_L, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(share, Qt.Key.Key_K, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    assert heard == [CopyLink(), CopyCode(), CopyLink(), CopyCode()]


def test_a_copied_link_says_so_for_two_seconds(share: InviteLinkShare) -> None:
    assert share.copy_link_button.label() == "Copied"
    view = invented.share()
    later = {**{name: getattr(view, name) for name in view.__struct_fields__}, "link_copied_s": 5}
    share.render(type(view)(**later))
    assert share.copy_link_button.label() == "Copy link"
    assert share.copy_code_button.label() == "Copy code"


def test_the_code_is_shown_spelled_or_hidden(share: InviteLinkShare) -> None:
    heard = listen(share)
    assert "K7QF \u2013 2M97" in shown(share)
    assert "Kilo 7 Quebec Foxtrot \u00b7 2 Mike 9 7" in shown(share)
    share.hide_button.click()
    assert heard == [HideCode(is_hidden=True)]
    view = invented.share()
    hidden = {**{name: getattr(view, name) for name in view.__struct_fields__}, "is_code_hidden": True}
    share.render(type(view)(**hidden))
    assert "K7QF" not in shown(share)
    assert "Kilo" not in shown(share)


def test_the_rest_of_the_page_says_its_intents(share: InviteLinkShare) -> None:
    heard = listen(share)
    share.forms.segment(False).click()
    press(share, "share.save_qr")
    press(share, "share.mail")
    share.open_button.click()
    share.cancel_button.click()
    session_id = "a" * 64
    assert heard == [
        ShowLinkForm(is_web=False),
        SaveQr(),
        WriteMail(),
        ShowPage(page="workspace", session_id=session_id),
        CancelInvite(session_id=session_id, name="7Q4M"),
    ]


@pytest.mark.parametrize("state", [state for state in InviteState if state is not InviteState.OPEN])
def test_a_closed_invite_says_why_and_offers_the_next_step(share: InviteLinkShare, state: InviteState) -> None:
    share.render(invented.share(state=state))
    heard = listen(share)
    key = "resume" if state is InviteState.PAUSED else "again"
    press(share, f"share.state.{key}")
    wanted = (
        ResumeInvite(session_id="a" * 64, name="7Q4M")
        if state is InviteState.PAUSED
        else InviteMore(session_id="a" * 64)
    )
    assert heard == [wanted]


def test_a_knock_takes_the_place_of_the_third_step_without_taking_the_focus(share: InviteLinkShare) -> None:
    share.copy_code_button.setFocus()
    share.render(invented.share(knock=invented.approval()))
    assert share.approval.isVisible()
    assert share.focusWidget() is share.copy_code_button


# --- approval ---


def test_the_three_answers_carry_the_role(qtbot: QtBot, theme: Theme) -> None:
    card = ApprovalCard(theme)
    qtbot.addWidget(card)
    card.render(invented.approval())
    heard = listen(card)
    card.let_in_button.click()
    card.view_button.click()
    card.decline_button.click()
    who = {"session_id": "a" * 64, "peer_id": "1" * 64}
    assert heard == [LetIn(**who), LetIn(**who, role="observer"), Decline(**who)]


def test_letting_in_is_never_the_default(qtbot: QtBot, theme: Theme) -> None:
    card = ApprovalCard(theme)
    qtbot.addWidget(card)
    card.render(invented.approval())
    card.show()
    heard = listen(card)
    qtbot.keyClick(card, Qt.Key.Key_Return)
    assert heard == []
    assert not card.let_in_button.isDefault()
    assert not card.let_in_button.autoDefault()


# --- side bar ---


def test_the_profile_menu_changes_name_and_theme(qtbot: QtBot, theme: Theme) -> None:
    bar = SideBar(theme)
    qtbot.addWidget(bar)
    bar.render(invented.SIDE)
    heard: list[Intent] = []
    bar.intent.connect(heard.append)
    menu: QMenu = bar.profile_menu()
    actions = {action.text(): action for action in menu.actions() if action.text()}
    assert actions["Theme: as the system"].isChecked()
    actions["Theme: dark"].trigger()
    bar.findChild(QPushButton, "side.home").click()
    assert heard == [ChooseTheme(theme="dark"), ShowPage(page="home")]


def test_a_narrow_side_bar_keeps_its_words_as_tooltips(qtbot: QtBot, theme: Theme) -> None:
    bar = SideBar(theme)
    qtbot.addWidget(bar)
    bar.render(invented.SIDE)
    bar.set_narrow(is_narrow=True)
    entry = bar.findChild(QPushButton, "side.home")
    assert bar.width() == 56
    assert entry.toolTip() == "Home"
    assert entry.accessibleName() == "Home"


@pytest.mark.parametrize("name", ["home", "new_session", "share", "first_run"])
@pytest.mark.parametrize("text_scale", [1.0, 2.0])
def test_no_page_needs_to_scroll_sideways_in_the_smallest_window(
    qtbot: QtBot, qapp: QApplication, theme: Theme, name: str, text_scale: float
) -> None:
    scaled = Theme(Resources(), choice="light", text_scale=text_scale)
    qapp.setStyleSheet(scaled.style_sheet())
    frame = PageFrame(scaled)
    qtbot.addWidget(frame)
    pages: dict[str, tuple[QWidget, Callable[[], None]]] = {}
    home, new = HomePage(scaled), InviteLinkGenerator(scaled)
    share, first = InviteLinkShare(scaled), FirstRunPage(scaled)
    pages["home"] = (home, lambda: home.render(invented.home()))
    pages["new_session"] = (new, lambda: new.render(invented.new_session()))
    pages["share"] = (share, lambda: share.render(invented.share()))
    pages["first_run"] = (first, lambda: first.render(invented.first_run()))
    page, show = pages[name]
    frame.add_page(name, page)
    show()
    frame.show_page(name)
    frame.render_frame(invented.SIDE, invented.STATUS)
    frame.resize(round(960 * max(1.0, text_scale * 0.7)), 640)
    with qtbot.waitExposed(frame):
        frame.show()
    bars = [area.horizontalScrollBar() for area in frame.findChildren(QScrollArea) if area.isVisible()]
    qtbot.waitUntil(lambda: all(bar.maximum() == 0 for bar in bars), timeout=2000)
    qapp.setStyleSheet(theme.style_sheet())


def walk(qtbot: QtBot, page: QWidget, start: QWidget, steps: int) -> list[str]:
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow, timeout=2000)
    start.setFocus(Qt.FocusReason.OtherFocusReason)
    names = [start.objectName()]
    for _ in range(steps):
        qtbot.keyClick(page.focusWidget(), Qt.Key.Key_Tab)
        names.append(page.focusWidget().objectName())
    return names


def test_tab_walks_the_new_session_page_in_reading_order(qtbot: QtBot, new: InviteLinkGenerator) -> None:
    assert walk(qtbot, new, new.cancel_button, 12) == [
        "new.cancel",
        "new.type.pair",
        "new.title",
        "new.share_from",
        "new.minutes.60",
        "new.limits",
        "new.permission.edits.2",
        "new.permission.cursors.2",
        "new.permission.chat.2",
        "new.approval",
        "new.relay",
        "new.guests.2",
        "new.create",
    ]


def test_tab_walks_the_share_page_in_reading_order(qtbot: QtBot, share: InviteLinkShare) -> None:
    assert walk(qtbot, share, share.cancel_button, 8) == [
        "share.cancel",
        "share.open",
        "share.form.True",
        "share.link",
        "share.copy_link",
        "share.save_qr",
        "share.mail",
        "share.hide_code",
        "share.copy_code",
    ]


def test_copying_is_announced_once(share: InviteLinkShare) -> None:
    said: list[tuple[str, bool]] = []
    share.announcer.said.connect(lambda text, is_assertive: said.append((text, is_assertive)))
    view = invented.share()
    values = {name: getattr(view, name) for name in view.__struct_fields__}
    for seconds in (0, 1, 2):
        share.render(type(view)(**{**values, "code_copied_s": seconds}))
    assert said == [("Code copied. Send it another way than the link. It leaves the clipboard in 60 s.", False)]


def test_a_knock_is_announced_at_once(share: InviteLinkShare) -> None:
    said: list[tuple[str, bool]] = []
    share.announcer.said.connect(lambda text, is_assertive: said.append((text, is_assertive)))
    for seconds in (120, 119):
        share.render(invented.share(knock=invented.approval(seconds)))
    assert [is_assertive for _, is_assertive in said] == [True]
    assert "kestrel wants to join, right code" in said[0][0]


def test_the_custom_length_has_room_to_be_read(qtbot: QtBot, theme: Theme) -> None:
    page = InviteLinkGenerator(theme)
    qtbot.addWidget(page)
    page.resize(1072, 800)
    page.render(invented.new_session())
    page.show()
    page.minutes.segment(0).click()
    qtbot.waitUntil(page.custom.isVisible)
    metrics = page.custom.fontMetrics()
    assert page.custom.lineEdit().width() > metrics.horizontalAdvance(page.custom.text())


def test_the_card_says_what_speaks_against_a_device(qtbot: QtBot, theme: Theme) -> None:
    card = ApprovalCard(theme)
    qtbot.addWidget(card)
    view = msgspec.structs.replace(invented.approval(), reasons=("failed_codes", "clock_skew"))
    card.render(view)
    assert card.spoken().endswith(". Wrong codes were tried, a clock that is far off")
    card.show()
    assert card.findChild(object, "approval.careful").isVisible()
    card.render(invented.approval())
    assert not card.findChild(object, "approval.careful").isVisible()
