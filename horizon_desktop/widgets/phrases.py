"""Short English phrases by key: lines of pages, and the labels of buttons. A second shape says it for one."""

from collections.abc import Mapping
from typing import Final

ACTIONS: Final[Mapping[str, str]] = {
    "ask_invite": "Ask for a new invite",
    "tell_host": "Tell {host}",
    "close": "Close",
    "ask_host": "Ask {host}",
    "remind": "Remind me",
    "how_to_update": "How to update",
    "compare_keys": "Compare keys",
    "leave": "Leave",
    "open_time_settings": "Open time settings",
    "try_again": "Try again",
    "cancel": "Cancel",
    "ask_again": "Ask again",
    "try_direct": "Try direct again",
    "why": "Why?",
    "run_check": "Run the check",
    "open_folder": "Open folder",
    "ask_control": "Ask for control",
    "ok": "OK",
    "send_file": "Send as file",
    "save": "Save",
    "save_as": "Save as",
    "choose_another": "Choose another",
    "send_again": "Send again",
    "choose_folder": "Choose folder",
    "use_port": "Use {q}",
    "request_hours": "Request hours",
    "wait_longer": "Wait longer",
    "go_on": "Go on now",
    "extend_15": "+15 min",
    "extend_30": "+30 min",
    "extend_60": "+1 h",
    "ask_30": "Ask for 30 more minutes",
    "end_now": "End now",
    "save_copy": "Save a copy",
    "invite_again": "Invite again",
    "view_summary": "View summary",
    "keep": "Keep",
    "revoke": "Revoke access",
    "keep_running": "Keep running",
    "end_all": "End all",
    "save_evidence": "Save evidence",
    "how_to_read": "How to read this",
    "look_again": "Look again",
    "copy_details": "Copy details",
}
"""Labels by key; an action that this version cannot do is not shown by the page."""

PHRASES: Final[Mapping[str, tuple[str, ...]]] = {
    # access list
    "access.edit": ("Edit the shared files",),
    "access.edit.n": ("Edit {n} shared files", "Edit 1 shared file"),
    "access.view": ("Read the shared files",),
    "access.view.n": ("Read {n} shared files", "Read 1 shared file"),
    "access.chat.cursors": ("Chat, and see cursors",),
    "access.chat": ("Chat",),
    "access.cursors": ("See cursors",),
    "access.closed.edits": ("Shared files stay closed",),
    "access.closed.changes": ("Shared files can't be changed",),
    "access.closed.chat": ("Chat stays closed",),
    "access.closed.cursors": ("Cursors stay hidden",),
    "access.closed.files": ("Other files stay closed",),
    "access.closed.invite.you": ("You can't invite anyone else",),
    "access.closed.invite.they": ("They can't invite anyone else",),
    # home
    "home.none": ("No session is open.",),
    "home.one": ("One session is open. It ends in {minutes} minutes.",),
    "home.many": ("{n} sessions are open. The next one ends in {minutes} minutes.",),
    "home.one.minute": ("One session is open. It ends in 1 minute.",),
    "home.many.minute": ("{n} sessions are open. The next one ends in 1 minute.",),
    "card.pair.none": ("Pair editing",),
    "card.pair.file": ("Pair editing \u00b7 {file}",),
    "card.pair.files": ("Pair editing \u00b7 {file} and {n} files", "Pair editing \u00b7 {file} and 1 file"),
    "card.pair.guest": ("Pair editing with {host}",),
    "card.review.none": ("Review \u00b7 read only",),
    "card.review.file": ("Review \u00b7 read only \u00b7 {file}",),
    "card.review.files": (
        "Review \u00b7 read only \u00b7 {file} and {n} files",
        "Review \u00b7 read only \u00b7 {file} and 1 file",
    ),
    "card.review.guest": ("Review with {host} \u00b7 read only",),
    # sessions
    "sessions.people": ("{n} people", "Only you"),
    "sessions.people.direct": ("{n} people \u00b7 Direct", "Only you"),
    "sessions.people.relay": ("{n} people \u00b7 Relay", "Only you"),
    "sessions.guest": ("Guest of {host}",),
    "sessions.guest.direct": ("Guest of {host} \u00b7 Direct",),
    "sessions.guest.relay": ("Guest of {host} \u00b7 Relay",),
    "sessions.waiting": ("Waiting for guest",),
    "sessions.interrupted": ("Interrupted",),
    "sessions.detail.pair": ("Pair editing \u00b7 {folder}, {n} files", "Pair editing \u00b7 {folder}, 1 file"),
    "sessions.detail.review": (
        "Review \u00b7 read only \u00b7 {folder}, {n} files",
        "Review \u00b7 read only \u00b7 {folder}, 1 file",
    ),
    "invite.row.open": ("Not used, {left} left, {n} tries left", "Not used, {left} left, 1 try left"),
    "invite.row.some": (
        "{taken} of {places} places used, {left} left, {n} tries left",
        "{taken} of {places} places used, {left} left, 1 try left",
    ),
    "invite.row.full": ("Used {n} times, closed itself", "Used once, closed itself"),
    "invite.row.paused": ("Paused after three declines",),
    "invite.row.burned": ("Locked after wrong codes",),
    "invite.row.expired": ("Expired",),
    "invite.row.cancelled": ("Taken back",),
    # status bar
    "status.key": ("Identity key unlocked",),
    "status.key.file": ("Identity key kept in a file",),
    "status.hub": ("Relay reachable",),
    "status.hub.ms": ("Relay reachable, {n} ms", "Relay reachable, 1 ms"),
    "status.hub.embedded": ("Own relay on this network",),
    "status.hub.lost": ("Relay not reachable",),
    "status.clock": ("Clock in sync",),
    "status.clock.off": ("Clock {n} minutes off", "Clock 1 minute off"),
    # durations
    "duration.minutes": ("{n} minutes, until {until}", "1 minute, until {until}"),
    "duration.hours": ("{n} hours, until {until}", "1 hour, until {until}"),
}
_NUMBERS: Final = ("Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")


def number_word(count: int) -> str:
    """Return a number at the head of a sentence: as a word up to nine."""
    return _NUMBERS[count] if 0 <= count < len(_NUMBERS) else str(count)
