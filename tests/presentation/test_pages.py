"""What home, new session, share, join and the frame make of plain values."""

import msgspec
import pytest

from horizon_desktop.presentation.expiry import time_view
from horizon_desktop.presentation.frame import status_items
from horizon_desktop.presentation.home import CardAction, card_action, card_badges, subtitle_of, summary_of
from horizon_desktop.presentation.intents import ShowPanel
from horizon_desktop.presentation.join import FormState, duration_words, form_state_of, wrong_code
from horizon_desktop.presentation.new_session import SessionDraft, new_session_view, suggested_title
from horizon_desktop.presentation.people import BadgeView
from horizon_desktop.presentation.plain_text import plain, plain_lines
from horizon_desktop.presentation.select_pages import home_view
from horizon_desktop.presentation.select_usage import home_quota
from horizon_desktop.presentation.select_workspace import workspace_view
from horizon_desktop.presentation.share import InviteState, ShareView, spelled
from horizon_desktop.presentation.wording import Words
from horizon_desktop.shell.answers import spec_of
from tests.pictures.invented_usage import state as usage_state
from tests.presentation.example_state import SID, after, running


def test_a_code_is_spelled_so_that_it_can_be_said_aloud() -> None:
    assert spelled("K7QF-2M97") == "Kilo 7 Quebec Foxtrot \u00b7 2 Mike 9 7"


def test_every_letter_of_the_codes_alphabet_has_a_word() -> None:
    letters = "ABCDEFGHJKMNPQRSTVWXYZ"
    assert [word[0] for word in spelled(letters).split()] == list(letters)


def test_a_share_page_never_prints_its_secrets() -> None:
    view = ShareView(
        session_id="s", title="t", session_type="pair", minutes=60, places=1, places_taken=0, name="7Q4M",
        state=InviteState.OPEN, link="horizon://join/SECRET", app_link="horizon://join/SECRET", is_web=False,
        has_web=False, is_lan_only=True, code="K7QF-2M97", is_code_hidden=False, link_copied_s=-1, code_copied_s=-1,
        time=time_view(60, 60), ends_with_session=True, tries_left=5, pictures=(),
    )  # fmt: skip
    assert "SECRET" not in repr(view)
    assert "K7QF" not in repr(view)


def test_a_draft_without_files_says_what_is_missing() -> None:
    view = new_session_view(SessionDraft(), ends_at="16:40")
    assert view.problem is not None
    assert view.problem.key == "share.nothing"


def test_a_draft_that_left_its_preset_says_so() -> None:
    assert new_session_view(SessionDraft(files=("a",)), ends_at="16:40").is_preset
    assert not new_session_view(SessionDraft(files=("a",), channels={"chat": 0}), ends_at="16:40").is_preset


def test_a_review_offers_no_editing() -> None:
    view = new_session_view(SessionDraft(session_type="review", files=("a",)), ends_at="16:40")
    edits = next(row for row in view.permissions if row.channel == "edits")
    assert edits.choices == (0, 1)
    assert edits.access == 1


@pytest.mark.parametrize(
    ("files", "title"),
    [
        ((), ""),
        (("/home/aurora/train.py",), "train.py"),
        (("/runs/loss-spike/a.py", "/runs/loss-spike/b.py"), "loss-spike"),
        (("C:\\runs\\spike\\a.py", "C:\\runs\\spike\\b.py"), "spike"),
        (("/runs/loss-spike/",), "loss-spike"),
    ],
)
def test_a_session_is_named_after_what_is_shared(files: tuple[str, ...], title: str) -> None:
    assert suggested_title(files) == title


def test_the_home_page_counts_what_is_open() -> None:
    assert summary_of(sessions=0, next_end_minutes=0).key == "home.none"
    assert summary_of(sessions=1, next_end_minutes=9).key == "home.one"
    assert summary_of(sessions=3, next_end_minutes=1).key == "home.many.minute"


def test_a_card_names_the_first_file_and_counts_the_others() -> None:
    words = subtitle_of(session_type="pair", files=("trainer.py", "a", "b", "c"))
    assert (words.key, words.values["file"], words.values["n"]) == ("card.pair.files", "trainer.py", 3)
    assert subtitle_of(session_type="review", files=("a",), host="aurora").key == "card.review.guest"


def test_a_card_shows_three_badges_and_counts_the_rest() -> None:
    badges = tuple(BadgeView(peer_id=str(n), name="x", initials="X", color=n) for n in range(5))
    assert card_badges(badges) == (badges[:3], 2)


def test_a_card_resumes_before_it_shows_the_invite() -> None:
    assert card_action(is_interrupted=True, is_host=True, guests=0) is CardAction.RESUME
    assert card_action(is_interrupted=False, is_host=True, guests=0) is CardAction.SHOW_INVITE
    assert card_action(is_interrupted=False, is_host=False, guests=0) is CardAction.OPEN


def test_wrong_codes_count_down_to_a_lock() -> None:
    said = [wrong_code(tries_left=left, host="aurora").key for left in (4, 2, 1, 0)]
    assert said == ["code.wrong", "code.wrong", "code.wrong.last", "code.locked"]


def test_only_a_mistyped_or_wrong_code_lets_one_enter_again_at_once() -> None:
    assert form_state_of("code.typo") is FormState.ENTER
    assert form_state_of("code.slow") is FormState.SLOWED
    assert form_state_of("join.waiting") is FormState.WAITING
    assert form_state_of("hub.pin") is FormState.STOPPED
    assert form_state_of("something.new") is FormState.STOPPED


def test_whole_hours_are_said_in_hours() -> None:
    assert duration_words(minutes=120, until="16:40").values == {"n": 2, "until": "16:40"}
    assert duration_words(minutes=90, until="16:40").key == "duration.minutes"


def test_the_status_bar_says_only_what_is_known() -> None:
    assert status_items(key_home="") == ()
    keys = [item.words.key for item in status_items(key_home="file", is_hub_connected=False, skew_minutes=14)]
    assert keys == ["status.key.file", "status.hub.lost", "status.clock.off"]


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("aurora", "aurora"),
        ("aur\u202eora", "aurora"),
        ("a\u200bb\u2060c\ufeff", "abc"),
        ("two\nlines\tand tab", "two lines and tab"),
        ("\u3164\u115f", ""),
        ("x" * 60, "x" * 39 + "\u2026"),
        ("fire \U0001f525", "fire \U0001f525"),
        ("family \U0001f468\u200d\U0001f469", "family \U0001f468\u200d\U0001f469"),
        ("a\u200db", "ab"),
    ],
)
def test_a_name_keeps_what_can_be_seen_and_nothing_else(sent: str, shown: str) -> None:
    assert plain(sent) == shown


def test_chat_keeps_its_lines() -> None:
    assert plain_lines("one\r\ntwo\u202e", limit=100) == "one\ntwo"


def test_what_the_configuration_switches_off_has_no_row_and_no_line() -> None:
    draft = SessionDraft(files=("/a.py",), channels={"chat": 2})
    view = new_session_view(draft, ends_at="16:40", off=("chat",))
    assert [row.channel for row in view.permissions] == ["edits", "cursors"]
    assert [row.channel for row in view.limits.rows] == ["edits", "cursors"]
    assert view.is_preset
    assert Words("access.cursors") in [row.words for row in view.access]
    assert "chat" not in spec_of(draft, off=("chat",)).channels


def test_a_workspace_without_chat_has_no_chat() -> None:
    state = running()
    assert state.profile is not None
    off = msgspec.structs.replace(state, profile=msgspec.structs.replace(state.profile, off=("chat",)))
    chosen = after(off, ShowPanel(panel="chat"))
    shown = workspace_view(chosen, chosen.active_sessions[SID])
    assert (shown.panel, shown.chat.is_off) == ("people", True)
    assert not workspace_view(state, state.active_sessions[SID]).chat.is_off


def test_home_has_the_own_quota_and_what_waits_and_nobody_elses() -> None:
    card = home_quota(usage_state())
    assert card is not None
    assert (card.used, card.limit, card.requests) == ("412", "500", 2)
    assert card.line == Words("home.quota.reserved.burst", {"reserved": "38", "ceiling": "650"})
    assert card.oldest == Words("home.oldest.hours", {"n": 3})
    stranger = usage_state()
    assert stranger.profile is not None
    other = msgspec.structs.replace(stranger, profile=msgspec.structs.replace(stranger.profile, peer_id="99" * 32))
    assert home_quota(other) is None
    assert home_view(other).quota is None
