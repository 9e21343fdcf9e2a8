"""What people read: whole sentences, and nothing that a peer's name or chat could do to a terminal."""

import io
import json
import unicodedata

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from horizon_desktop.bridge.views import SessionSpec
from horizon_desktop.cli.person_report import PersonReport
from horizon_desktop.cli.report import JsonReport
from horizon_desktop.domain.collaboration.presence import Participant
from horizon_desktop.domain.collaboration.session import SessionType
from horizon_desktop.domain.events import (
    ActionRefused,
    ChatSaid,
    Event,
    FileSaved,
    FileTrouble,
    HubChanged,
    LeaseWarning,
    LinkSilent,
    PathChanged,
    PeerEntered,
    PeerGone,
    PeerKnocked,
    SessionEnded,
)
from horizon_desktop.errors import UsageError
from tests.cli.command_world import NOON
from tests.fakes.bridge import CODE, LINK, FakeBridge
from tests.fakes.clock import FakeClock

MAYA = "ab" * 32
NASTY = ("\x1b]0;owned\x07", "\x1b[2J", "\x9b31m", "a\rb", "\u202eevil", "[red]x[/red]", ":smile:", "\x00", "a\u200bb")


class Screen:
    """A report and what it wrote."""

    def __init__(self) -> None:
        self.out, self.err = io.StringIO(), io.StringIO()
        self.report = PersonReport(FakeClock(NOON), self.out, self.err)

    def told(self, *facts: Event) -> str:
        for fact in facts:
            self.report.event(fact)
        return self.out.getvalue()


def person(name: str = "Maya", device: str = "zephyr") -> Participant:
    return Participant(peer_id=MAYA, name=name, role="editor", device=device, color=1, joined_at=NOON)


def steering(text: str) -> set[str]:
    """Return the characters of a text that could steer a terminal."""
    return {c for c in text if unicodedata.category(c) in {"Cc", "Cf", "Co", "Cs"} and c != "\n"}


def facts_with(text: str) -> list[Event]:
    return [
        PeerKnocked(
            session_id="s", peer_id=MAYA, name=text, role="editor", device=text, pictures=(1, 2), answer_by=NOON
        ),
        PeerEntered(session_id="s", participant=person(text, text)),
        PathChanged(session_id="s", peer_id=MAYA, path="direct", rtt_ms=3),
        ChatSaid(session_id="s", message_id=1, peer_id=MAYA, name=text, at=NOON, text=text),
        FileSaved(session_id="s", file=text),
        FileTrouble(session_id="s", file=text, code="file.vanished"),
        ActionRefused(session_id="s", peer_id=MAYA, channel=text, rule=text),
        LinkSilent(session_id="s", peer_id=MAYA, stage="banner", resume_by=NOON),
        HubChanged(session_id="s", is_connected=False, hub=text),
        PeerGone(session_id="s", participant=person(text, text), reason=text),
    ]


@pytest.mark.parametrize("text", NASTY)
def test_no_name_and_no_chat_steers_a_terminal(text: str) -> None:
    assert steering(Screen().told(*facts_with(text))) == set()


@given(st.text())
def test_no_text_at_all_steers_a_terminal(text: str) -> None:
    assert steering(Screen().told(*facts_with(text))) == set()


@given(st.text())
def test_json_lines_are_ascii_and_give_every_text_back(text: str) -> None:
    out = io.StringIO()
    report = JsonReport(FakeClock(NOON), out, io.StringIO())
    report.event(ChatSaid(session_id="s", message_id=1, peer_id=MAYA, name="M", at=NOON, text=text))
    line = out.getvalue()
    assert line.isascii() and line.count("\n") == 1
    if not any("\ud800" <= c <= "\udfff" for c in text):
        assert json.loads(line)["text"] == text


def test_markup_in_a_name_is_shown_as_it_is() -> None:
    assert "[red]x[/red]" in Screen().told(PeerEntered(session_id="s", participant=person("[red]x[/red]")))


def test_a_knock_says_who_with_which_pictures_and_how_to_answer() -> None:
    told = Screen().told(
        PeerKnocked(
            session_id="s", peer_id=MAYA, name="Maya", role="editor", device="zephyr", pictures=(0, 1), answer_by=NOON
        )
    )
    assert "Maya (zephyr) wants to come in as editor." in told
    assert "Anchor, Apple" in told
    assert "y abababab lets in" in told


def test_a_guest_that_waits_reads_the_same_pictures() -> None:
    screen = Screen()
    screen.report.waiting(
        PeerKnocked(
            session_id="s", peer_id=MAYA, name="Maya", role="editor", device="zephyr", pictures=(0, 1), answer_by=NOON
        )
    )
    assert "Waiting for the host to let you in." in screen.out.getvalue()
    assert "Anchor, Apple" in screen.out.getvalue()


def test_facts_that_carry_an_id_are_told_by_name() -> None:
    told = Screen().told(
        PeerEntered(session_id="s", participant=person()),
        PathChanged(session_id="s", peer_id=MAYA, path="direct", rtt_ms=3),
    )
    assert "Maya: connected directly, 3 ms." in told


def test_a_guest_whom_a_policy_kept_out_is_told_by_its_device() -> None:
    told = Screen().told(ActionRefused(session_id="s", peer_id=MAYA, channel="invite", rule="policy.hours"))
    assert "A policy kept a guest out who had link and code: device abababab." in told


def test_an_edit_that_this_machine_cannot_keep_is_no_fault_of_the_guest() -> None:
    fact = ActionRefused(session_id="s", peer_id=MAYA, channel="edits", rule="store.unavailable")
    told = Screen().told(PeerEntered(session_id="s", participant=person()), fact)
    assert "Check the disk" in told and "What Maya wrote waits" in told and "Refused" not in told


def test_who_may_only_look_is_told_where_the_own_words_went() -> None:
    told = Screen().told(FileTrouble(session_id="s", file="train.py", code="access.denied"))
    assert "You may only look at train.py." in told and ".mine" in told


def test_chat_of_several_lines_names_its_author_on_each() -> None:
    told = Screen().told(
        ChatSaid(session_id="s", message_id=1, peer_id=MAYA, name="Maya", at=NOON, text="one\nAna: two")
    )
    assert "Maya: one\n" in told and "Maya: Ana: two\n" in told


@pytest.mark.parametrize(("seconds", "shown"), [(600, "10:00"), (59, "0:59"), (3725, "1:02:05")])
def test_a_warning_says_the_time_left(seconds: int, shown: str) -> None:
    fact = LeaseWarning(session_id="s", level="urgent", seconds_left=seconds, expires_at=NOON)
    assert f"{shown} left" in Screen().told(fact)


def test_the_end_says_why() -> None:
    assert "its time is over" in Screen().told(SessionEnded(session_id="s", reason="expired", at=NOON))


def test_a_first_connection_to_the_hub_is_no_news_and_a_return_is() -> None:
    there, gone = (HubChanged(session_id="s", is_connected=is_up, hub="h:1") for is_up in (True, False))
    assert Screen().told(there) == ""
    assert "Connected to the hub h:1" in Screen().told(there, gone, there)


async def test_link_and_code_stand_apart_and_are_not_wrapped() -> None:
    bridge = FakeBridge(NOON)
    view = await bridge.create_ephemeral_session(SessionSpec(session_type=SessionType.PAIR, title="t", files=()))
    invite = msgspec.structs.replace(bridge.invited[view.session_id][0], app_link=LINK + "x" * 300)
    screen = Screen()
    screen.report.invite(invite)
    lines = [line.strip() for line in screen.out.getvalue().splitlines()]
    assert LINK + "x" * 300 in lines and CODE in lines


def test_an_error_is_one_sentence_on_stderr() -> None:
    screen = Screen()
    screen.report.error(UsageError("inner words", code="profile.busy"))
    assert screen.err.getvalue() == "Horizon already runs in this profile. For a second one use --profile NAME.\n"
    assert screen.out.getvalue() == ""
