"""What the workspace's view models reckon: time, warnings, people, files, silence, differences."""

from hypothesis import given
from hypothesis import strategies as st

from horizon_desktop.presentation.chat_panel import unread_text
from horizon_desktop.presentation.difference import LineKind, counts, difference
from horizon_desktop.presentation.ended import EndReason, reason_of
from horizon_desktop.presentation.expiry import (
    TimeTone,
    WarningLevel,
    countdown,
    extension_choices,
    spoken_moments,
    sun_permille,
    thresholds,
    time_view,
    warning_level,
)
from horizon_desktop.presentation.file_list import FileItem, icon_of, tree_rows
from horizon_desktop.presentation.people import ChannelState, channel_marks, identity_of, initials
from horizon_desktop.presentation.presence_bar import BarAction, bar_action
from horizon_desktop.presentation.reconnecting import SilenceStage, silence_stage


def test_an_hour_is_warned_at_ten_and_at_two_minutes() -> None:
    assert thresholds(3600) == (600, 120)
    assert warning_level(601, 3600) is WarningLevel.NONE
    assert warning_level(600, 3600) is WarningLevel.NOTICE
    assert warning_level(120, 3600) is WarningLevel.URGENT
    assert warning_level(30, 3600) is WarningLevel.FINAL
    assert warning_level(0, 3600) is WarningLevel.OVER


def test_a_short_session_is_warned_at_a_fifth_and_a_tenth() -> None:
    assert thresholds(300) == (60, 30)
    assert warning_level(60, 300) is WarningLevel.NOTICE


@given(st.integers(0, 14 * 86_400), st.integers(1, 14 * 86_400))
def test_less_time_never_warns_less(left: int, length: int) -> None:
    order = list(WarningLevel)
    assert order.index(warning_level(max(0, left - 1), length)) >= order.index(warning_level(left, length))


def test_time_left_is_read_as_people_read_clocks() -> None:
    assert [countdown(seconds) for seconds in (-5, 0, 9, 552, 2538, 3723)] == [
        "0:00",
        "0:00",
        "0:09",
        "9:12",
        "42:18",
        "1:02:03",
    ]


def test_the_sun_rises_at_the_start_and_sets_at_the_end() -> None:
    assert (sun_permille(3600, 3600), sun_permille(1800, 3600), sun_permille(0, 3600)) == (0, 500, 1000)
    assert sun_permille(9999, 3600) == 0
    assert sun_permille(10, 0) == 1000


def test_a_clock_that_does_not_run_has_no_colour() -> None:
    assert time_view(60, 3600, is_running=False).tone is TimeTone.OFF
    assert time_view(60, 3600).tone is TimeTone.BAD


def test_only_extensions_that_fit_are_offered() -> None:
    assert extension_choices(45 * 60) == (15, 30)
    assert extension_choices(60) == ()


def test_the_countdown_is_read_at_ten_five_two_and_one_minute_only() -> None:
    said = [mark for left in range(3600, 0, -1) for mark in spoken_moments(left, left - 1)]
    assert said == [600, 300, 120, 60]


def test_initials_are_two_letters_of_any_name() -> None:
    assert [initials(name) for name in ("kestrel", "ada lovelace", "", "x")] == ["KE", "AL", "?", "X"]


def test_a_ninth_person_has_the_first_colour_again() -> None:
    assert [identity_of(order) for order in (0, 7, 8)] == [0, 7, 0]


def test_channel_icons_show_closed_open_and_in_use() -> None:
    marks = channel_marks({"edits": 1, "cursors": 2}, frozenset({"cursors", "chat"}))
    assert [mark.state for mark in marks] == [ChannelState.OPEN, ChannelState.ACTIVE, ChannelState.CLOSED]


def test_the_action_that_matters_is_the_link_then_the_time() -> None:
    assert bar_action(is_host=True, tone=TimeTone.BAD, is_reconnecting=True) is BarAction.DETAILS
    assert bar_action(is_host=False, tone=TimeTone.WARN, is_reconnecting=False) is BarAction.ASK_TIME
    assert bar_action(is_host=True, tone=TimeTone.OK, is_reconnecting=False) is BarAction.NONE


def test_silence_shows_after_five_seconds_and_as_a_banner_after_thirty() -> None:
    assert silence_stage(4_999, 1) is SilenceStage.NONE
    assert silence_stage(5_000, 1) is SilenceStage.CHIP
    assert silence_stage(30_000, 1) is SilenceStage.BANNER
    assert silence_stage(300_000, 0) is SilenceStage.LOST


def test_files_stand_below_their_folders_and_two_may_bear_one_name() -> None:
    items = tuple(
        FileItem(file_id=bytes([number]), path=path)
        for number, path in enumerate(("b.py", "src/z.py", "src/lib/a.py", "b.py"))
    )
    rows = tree_rows(items, root="job", selected=b"\x03")
    assert [(row.depth, row.name) for row in rows] == [
        (0, "job"),
        (1, "src"),
        (2, "lib"),
        (3, "a.py"),
        (2, "z.py"),
        (1, "b.py"),
        (1, "b.py"),
    ]
    assert [row.file_id for row in rows if row.is_selected] == [b"\x03"]


def test_a_file_has_the_icon_of_its_ending() -> None:
    icons = [icon_of(name) for name in ("a.py", "b.YAML", "notes.md", "Makefile", ".env")]
    assert icons == ["file-code", "file-cog", "file-text", "file-text", "file-cog"]


def test_unread_messages_are_counted_up_to_ninety_nine() -> None:
    assert [unread_text(count) for count in (0, 2, 100)] == ["", "2", "99+"]


def test_a_reason_from_a_newer_version_counts_as_the_hosts() -> None:
    assert reason_of("expired") is EndReason.EXPIRED
    assert reason_of("unheard of") is EndReason.HOST


def test_a_difference_shows_changes_with_three_lines_around() -> None:
    before = "\n".join(str(number) for number in range(20))
    lines = difference(before, before.replace("\n10\n", "\nten\n"))
    assert counts(lines) == (1, 1)
    assert [line.text for line in lines if line.kind is LineKind.SKIPPED] == ["7", "6"]
    assert [line.before for line in lines if line.kind is LineKind.SAME] == [8, 9, 10, 12, 13, 14]


@given(st.text("ab\n", max_size=30), st.text("ab\n", max_size=30))
def test_a_difference_names_every_line_that_came_or_went(before: str, after: str) -> None:
    lines = difference(before, after)
    added, removed = counts(lines)
    assert len(after.split("\n")) - len(before.split("\n")) == added - removed
    for line in lines:
        if line.kind is LineKind.ADDED:
            assert after.split("\n")[line.after - 1] == line.text
        if line.kind is LineKind.REMOVED:
            assert before.split("\n")[line.before - 1] == line.text
