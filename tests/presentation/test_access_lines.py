"""The access list: the same for guest and host but for the person it speaks to."""

import pytest

from horizon_desktop.presentation.access_lines import Reader, access_rows

PAIR = {"edits": 2, "cursors": 2, "chat": 2}


def keys(channels: dict[str, int], *, is_open: bool, files: int = 0) -> list[str]:
    rows = access_rows(channels, reader=Reader.GUEST, files=files)
    return [row.words.key for row in rows if row.is_open is is_open]


def test_pair_editing_opens_files_chat_and_cursors() -> None:
    assert keys(PAIR, is_open=True) == ["access.edit", "access.chat.cursors"]


def test_viewing_says_that_files_cannot_be_changed() -> None:
    review = {**PAIR, "edits": 1}
    assert keys(review, is_open=True, files=3) == ["access.view.n", "access.chat.cursors"]
    assert "access.closed.changes" in keys(review, is_open=False)


@pytest.mark.parametrize(
    ("closed", "opened", "said"),
    [
        ("chat", "access.cursors", "access.closed.chat"),
        ("cursors", "access.chat", "access.closed.cursors"),
        ("edits", "access.chat.cursors", "access.closed.edits"),
    ],
)
def test_a_closed_channel_stands_among_the_crosses(closed: str, opened: str, said: str) -> None:
    channels = {**PAIR, closed: 0}
    assert opened in keys(channels, is_open=True)
    assert said in keys(channels, is_open=False)


def test_a_channel_that_nobody_named_is_closed() -> None:
    assert keys({}, is_open=True) == []


def test_host_and_guest_read_the_same_list_but_for_the_person() -> None:
    guest = access_rows(PAIR, reader=Reader.GUEST, files=4)
    host = access_rows(PAIR, reader=Reader.HOST, files=4)
    assert guest[:-1] == host[:-1]
    assert (guest[-1].words.key, host[-1].words.key) == ("access.closed.invite.you", "access.closed.invite.they")


def test_what_is_open_stands_before_what_is_closed() -> None:
    is_open = [row.is_open for row in access_rows({"edits": 1}, reader=Reader.GUEST)]
    assert is_open == sorted(is_open, reverse=True)
