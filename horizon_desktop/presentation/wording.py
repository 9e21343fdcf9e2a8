"""Every sentence for people as a key with its named places and actions; the words are in widgets/texts.py."""

from collections.abc import Mapping
from typing import Final

import msgspec


class Words(msgspec.Struct, frozen=True):
    """One thing to say: the key of a sentence and what fills its places. Never holds a secret."""

    key: str
    values: dict[str, str | int] = {}


class Wording(msgspec.Struct, frozen=True):
    """One row of the copy deck."""

    key: str
    places: tuple[str, ...] = ()
    """Names that must be filled: host, n, time."""
    actions: tuple[str, ...] = ()
    """Keys of the buttons, main one first."""
    tone: str = "info"
    """info, ok, warn or bad."""
    icon: str = "info"


_DECK: Final = (
    # the code and the invite
    Wording("code.typo", (), (), "bad", "circle-alert"),
    Wording("code.wrong", ("n", "host"), (), "bad", "circle-alert"),
    Wording("code.wrong.last", ("host",), (), "bad", "circle-alert"),
    Wording("code.slow", ("s",), (), "warn", "hourglass"),
    Wording("code.locked", ("n", "host"), ("ask_invite",), "bad", "lock"),
    Wording("invite.expired", ("time", "host"), ("ask_invite",), "neutral", "sunset"),
    Wording("invite.used", ("host",), ("tell_host", "close"), "neutral", "ticket-check"),
    Wording("invite.cancelled", ("host",), ("close",), "neutral", "ticket"),
    Wording("invite.full", ("n", "host"), ("ask_host", "close"), "neutral", "users"),
    Wording("invite.notyet", ("time",), ("remind",), "info", "clock"),
    Wording("invite.bad", (), (), "bad", "circle-alert"),
    Wording("invite.version", ("host", "v1", "v2"), ("how_to_update", "close"), "warn", "refresh-cw"),
    Wording("key.mismatch", ("host",), ("compare_keys", "leave"), "bad", "shield-alert"),
    Wording("clock.skew", ("n",), ("open_time_settings", "try_again"), "warn", "clock-alert"),
    Wording("join.waiting", ("host",), ("cancel",), "info", "hourglass"),
    Wording("join.declined", ("host",), ("ask_again", "close"), "neutral", "user-round-x"),
    # paths and presence
    Wording("net.relay", ("ms",), ("try_direct", "why"), "info", "waypoints"),
    Wording("net.relay.off", ("host",), ("try_again", "ask_host"), "warn", "unplug"),
    Wording("net.offline", (), ("try_again",), "warn", "wifi-off"),
    Wording("net.reconnecting", ("host", "left"), ("leave",), "info", "refresh-cw"),
    Wording("host.away", ("host",), ("close",), "neutral", "hourglass"),
    Wording("hub.unreachable", ("hub",), ("try_again", "run_check"), "warn", "unplug"),
    Wording("hub.pin", ("host",), ("close",), "bad", "shield-alert"),
    Wording("net.lost", ("host", "k"), ("try_again", "open_folder"), "warn", "unplug"),
    Wording("net.back", ("k",), (), "ok", "circle-check"),
    # access
    Wording("access.revoked", ("host", "time", "folder"), ("open_folder",), "bad", "user-x"),
    Wording("access.changed", ("host", "list"), (), "info", "user-check"),
    Wording("access.denied", ("host",), ("ask_control",), "warn", "shield-x"),
    Wording("rate.edits", ("n", "s"), ("ok",), "info", "gauge"),
    Wording("rate.bandwidth", ("n",), (), "info", "gauge"),
    # files
    Wording("file.binary", ("file",), ("send_file",), "warn", "file-x"),
    Wording("file.encoding", ("file",), ("close",), "warn", "file-x"),
    Wording("file.big", ("file", "size"), ("send_file",), "warn", "file-x"),
    Wording("file.vanished", ("file",), ("save", "save_as"), "warn", "file-x"),
    Wording("file.size", ("file", "size", "limit", "host"), ("ask_host", "choose_another"), "warn", "file-x"),
    Wording("file.type", ("file",), ("choose_another",), "warn", "file-x"),
    Wording("file.hash", ("file",), ("send_again",), "warn", "file-x"),
    Wording("file.space", ("file", "size", "free", "folder"), ("choose_folder",), "warn", "file-x"),
    Wording("port.busy", ("p", "q"), ("use_port", "cancel"), "warn", "cable"),
    # usage
    Wording("quota.over", ("n", "approver"), ("request_hours", "cancel"), "warn", "gauge"),
    Wording("train.slow", ("site", "s"), ("wait_longer", "go_on"), "warn", "hourglass"),
    # time
    Wording("expiry.10", (), ("extend_15", "extend_30", "extend_60"), "warn", "sunset"),
    Wording("expiry.10.guest", ("host",), ("ask_30",), "warn", "sunset"),
    Wording("expiry.2", ("left",), ("extend_30", "extend_15", "end_now"), "bad", "sunset"),
    Wording("expiry.2.guest", ("left",), ("ask_30", "save_copy"), "bad", "sunset"),
    Wording("expiry.limit", ("h",), ("invite_again",), "warn", "sunset"),
    Wording("ended", ("time",), ("view_summary", "invite_again"), "neutral", "sunset"),
    # asking first
    Wording("revoke.confirm", ("guest",), ("keep", "revoke"), "bad", "user-x"),
    Wording("endall.confirm", ("n", "g"), ("keep_running", "end_all"), "bad", "octagon-x"),
    Wording("audit.broken", ("time",), ("save_evidence", "how_to_read"), "bad", "shield-alert"),
    Wording("clip.copied", (), (), "ok", "check"),
    Wording("clip.copied.code", (), (), "ok", "check"),
    Wording("overlay.wayland", (), ("ok",), "info", "pin"),
)
_BEYOND: Final = (
    Wording("invite.changed", ("host",), ("look_again", "close"), "warn", "shield-alert"),
    Wording("invite.paused", ("host",), ("close",), "neutral", "circle-pause"),
    Wording("invite.unknown", ("host",), ("ask_invite", "close"), "neutral", "ticket"),
    Wording("invite.own", (), ("close",), "neutral", "ticket"),
    Wording("preview.bad", ("host",), ("close",), "bad", "shield-alert"),
    Wording("preview.stale", ("host",), ("try_again", "close"), "neutral", "hourglass"),
    Wording("host.false", ("host",), ("close",), "bad", "shield-alert"),
    Wording("attempt.stale", (), ("try_again", "close"), "info", "refresh-cw"),
    Wording("attempt.busy", (), ("try_again", "close"), "info", "users"),
    Wording("knock.open", (), ("close",), "info", "hourglass"),
    Wording("knock.none", (), ("close",), "info", "user-x"),
    Wording("hub.closed", ("hub",), ("close",), "warn", "shield-x"),
    Wording("hub.host_key", ("hub",), ("close",), "warn", "unplug"),
    Wording("hub.count", ("n",), ("close",), "neutral", "circle-alert"),
    Wording("proxy.login", ("proxy",), ("run_check", "close"), "warn", "unplug"),
    Wording("proxy.refused", ("proxy", "hub"), ("run_check", "close"), "warn", "unplug"),
    Wording("proxy.unreachable", ("proxy",), ("try_again", "run_check"), "warn", "unplug"),
    Wording("proxy.url", (), (), "bad", "circle-alert"),
    Wording("proxy.configured", (), ("close",), "neutral", "circle-alert"),
    Wording("hub.rate", ("hub",), ("try_again", "close"), "warn", "hourglass"),
    Wording("hub.full", ("hub",), ("try_again", "close"), "warn", "unplug"),
    Wording("hub.version", ("hub",), ("close",), "warn", "refresh-cw"),
    Wording("session.full", (), ("close",), "neutral", "users"),
    Wording("session.writers", (), ("close",), "neutral", "pen-line"),
    Wording("session.over", (), ("close",), "neutral", "sunset"),
    Wording("session.unknown", (), ("close",), "neutral", "sunset"),
    Wording("session.files", (), (), "bad", "circle-alert"),
    Wording("files.many", (), (), "bad", "files"),
    Wording("file.unwritable", ("file",), ("choose_folder",), "warn", "file-x"),
    Wording("file.unreadable", ("file",), ("choose_another",), "warn", "file-x"),
    Wording("file.unknown", (), ("close",), "warn", "file-x"),
    Wording("edit.view", (), ("close",), "warn", "file-x"),
    Wording("name.empty", (), ("try_again", "close"), "bad", "circle-alert"),
    Wording("profile.person", (), ("close",), "bad", "circle-alert"),
    Wording("profile.busy", (), ("close",), "warn", "circle-alert"),
    Wording("share.nothing", (), (), "bad", "circle-alert"),
    Wording("config.name", ("where", "name", "nearest"), ("copy_details", "close"), "bad", "octagon-alert"),
    Wording("config.value", ("where", "name", "expected"), ("copy_details", "close"), "bad", "octagon-alert"),
    Wording("config.file", ("where", "expected"), ("copy_details", "close"), "bad", "octagon-alert"),
    Wording("config.off", ("name",), ("close",), "neutral", "lock"),
    Wording("policy.denied", ("reason",), ("close",), "warn", "shield-x"),
    Wording("policy.closed", ("host",), ("close",), "warn", "shield-x"),
    Wording("policy.hours", ("host", "n"), ("close",), "neutral", "clock"),
    Wording("policy.broken", ("why",), ("copy_details", "close"), "bad", "octagon-alert"),
    Wording("quota.closed", (), ("close",), "warn", "gauge"),
    Wording("pool.over", ("detail",), ("close",), "warn", "layers"),
    Wording("pool.share", ("detail",), ("close",), "warn", "layers"),
    Wording("pool.least", ("detail",), ("close",), "warn", "layers"),
    Wording("pool.users", ("detail",), ("close",), "warn", "users"),
    Wording("pool.purpose", (), ("close",), "warn", "layers"),
    Wording("pool.closed", (), ("close",), "warn", "layers"),
    Wording("allocation.closed", (), ("close",), "neutral", "layers"),
    Wording("allocation.over", ("detail",), ("close",), "warn", "layers"),
    Wording("usage.amount", (), ("close",), "bad", "circle-alert"),
    Wording("window.closed", (), ("close",), "neutral", "clock"),
    Wording("purse.no_gpu", (), ("close",), "warn", "banknote"),
    Wording("purse.none", (), ("close",), "warn", "banknote"),
    Wording("session.length", (), ("close",), "warn", "clock"),
    Wording("hub.url", (), (), "bad", "circle-alert"),
    Wording("hub.no_network", (), ("run_check", "close"), "warn", "wifi-off"),
    Wording("chat.length", (), ("close",), "neutral", "message-square"),
    Wording("identity.state", (), ("close",), "neutral", "user-x"),
    Wording("pool.name", (), ("close",), "bad", "layers"),
    Wording("bus.unavailable", (), ("close",), "warn", "unplug"),
    Wording("internal", (), ("copy_details", "close"), "bad", "octagon-alert"),
    Wording("usage", (), (), "bad", "circle-alert"),
    Wording("protocol.local", (), ("copy_details", "close"), "bad", "octagon-alert"),
    Wording("protocol.remote", (), ("try_again", "close"), "bad", "octagon-alert"),
    Wording("store.unavailable", (), ("try_again", "copy_details"), "bad", "octagon-alert"),
    Wording("store.changed", ("file",), ("copy_details", "close"), "bad", "shield-alert"),
    Wording("store.rolled_back", ("file",), ("copy_details", "close"), "bad", "shield-alert"),
    Wording("store.damaged", ("file",), ("copy_details", "close"), "bad", "octagon-alert"),
    Wording("store.newer", (), ("copy_details", "close"), "warn", "octagon-alert"),
    Wording("store.older", (), ("copy_details", "close"), "warn", "octagon-alert"),
    Wording("secret.unavailable", (), ("try_again", "copy_details"), "bad", "key-round"),
)
DECK_KEYS: Final = tuple(row.key for row in _DECK)
"""The keys of the design guide's copy deck, in its order."""
WORDINGS: Final[Mapping[str, Wording]] = {row.key: row for row in (*_DECK, *_BEYOND)}
"""Every row by its key: the copy deck, and what the code can meet beyond it."""


_CLOSED: Final[Mapping[str, str]] = {
    **dict.fromkeys(("pool.draft", "pool.paused", "pool.expired", "pool.pending", "pool.status"), "pool.closed"),
    **dict.fromkeys(
        ("quota.pending", "quota.expired", "quota.suspended", "quota.revoked", "quota.status"), "quota.closed"
    ),
    **dict.fromkeys(("allocation.expired", "allocation.status"), "allocation.closed"),
}
"""Rules of one kind that people are told in one sentence."""


def wording_of(key: str) -> Wording:
    """Return the row of a key; a key that nobody wrote a sentence for is said as `internal`."""
    return WORDINGS.get(_CLOSED.get(key, key), WORDINGS["internal"])
