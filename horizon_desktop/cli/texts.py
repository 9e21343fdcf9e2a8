"""Sentences of the command line, by the keys of the copy deck and of what the code can meet beyond it."""

from collections.abc import Mapping
from typing import Final

from horizon_desktop.cli.usage_texts import USAGE_SENTENCES
from horizon_desktop.domain.plain_text import plain_name

SENTENCES: Final[Mapping[str, str]] = {
    **USAGE_SENTENCES,
    # code and invite
    "code.typo": "That isn't a whole code: one character looks mistyped. Nothing was sent and no try was used.",
    "code.wrong": "That code doesn't match this invite: {n} tries left. Check for swapped characters.",
    "code.wrong.last": "That code doesn't match this invite: 1 try left. Ask {host} to read the code again first.",
    "code.slow": "Wait {s} seconds, then you can try again. This keeps guessing out.",
    "code.locked": "This invite is locked after 5 wrong codes: nobody can use it now. Ask {host} for a new one.",
    "invite.expired": "This invite has expired. Ask {host} for a new one.",
    "invite.used": "This invite was already used: each place works once. If that wasn't you, tell {host} right away.",
    "invite.cancelled": "{host} took this invite back.",
    "invite.full": "All places of this invite are taken. Ask {host} to make room.",
    "invite.paused": "This invite is paused: {host} has to open it again.",
    "invite.bad": "This isn't a Horizon link that works. Copy the whole link, from https or horizon to the end.",
    "invite.unknown": "No host has this invite. Check the link, or ask for a new one.",
    "invite.version": "This session needs a newer Horizon than this one. Update, then use the link again.",
    "invite.changed": "The invite says something else now. Look at it again before you join.",
    "invite.own": "This is your own invite: join it with another profile (--profile NAME) or from another machine.",
    "invite.none": "This session has no invite.",
    "invite.places": "An invite has 1 to 30 places.",
    "invite.not_paused": "This invite is not paused.",
    "key.mismatch": "This isn't the key you know of {host}. Call them and compare the pictures first.",
    "clock.skew": "Your clock is {n} minutes off. Invites depend on exact time: turn on automatic time.",
    "preview.bad": "The invite's description isn't signed by the host the link names. Ask {host} for a new link.",
    "preview.stale": "The invite's description is too old. Ask {host} to come online.",
    # joining
    "join.waiting": "Waiting for {host} to let you in. This takes up to 2 minutes.",
    "join.declined": "{host} didn't let you in: they declined or didn't answer in 2 minutes. Your code is still valid.",
    "host.away": "{host} isn't online. Your code stays valid: try again when they are.",
    "host.false": "Whoever answered is not the host that the link names. Ask {host} for a new link.",
    "attempt.stale": "This attempt was overtaken by another one. Try again.",
    "attempt.busy": "Too many people try this invite at once. Try again in half a minute.",
    "knock.open": "This device is already waiting to be let in.",
    "knock.none": "Nobody with that id is waiting.",
    "knock.ambiguous": "{n} people waiting match {peer}: type more of the id.",
    "knock.answer": "Answer with y PEER, n PEER or observer, editor, operator PEER.",
    # network
    "net.lost": "The connection is gone: {host} can't be reached. Nothing you typed is lost.",
    "net.relay.off": "There is no direct path, and {host} doesn't allow a relay for this session.",
    "hub.unreachable": "{hub} can't be reached. Check the network or the proxy. Nothing was sent.",
    "hub.pin": "This isn't the server the link names. Don't enter your code; ask {host} for a new link.",
    "proxy.login": "The proxy {proxy} wants a name and a password, or others than it was given. Nothing was sent.",
    "proxy.refused": "The proxy {proxy} doesn't let connections to {hub} through. Nothing was sent.",
    "proxy.unreachable": "The proxy {proxy} can't be reached. Check its address. Nothing was sent.",
    "proxy.url": "A proxy is http://HOST:PORT, http://NAME:PASSWORD@HOST:PORT, or the word none.",
    "proxy.argv": "Others could read a password in --proxy. Put the proxy into HORIZON_NETWORK__PROXY.",
    "proxy.configured": "The configuration of this process names the proxy: change it there.",
    "hub.url": "That is no hub's address: expected https://NAME:PORT.",
    "hub.count": "A session has at most {n} hubs.",
    "hub.listen": "The hub can't listen on that address. Choose another with --listen HOST:PORT.",
    "hub.certificate": "The certificate or its key can't be used. Give both with --cert and --key, in PEM.",
    "hub.data": "The hub's data folder can't be used. Choose another with --data DIR.",
    "hub.host_keys": "The file of host keys can't be read: one key of 64 hexadecimal digits a line, or the word open.",
    "hub.closed": "The hub's policies don't let this machine in from here, or not now. Its operator can say why.",
    "hub.host_key": "This hub doesn't serve this host. Its operator has to add the host's key.",
    "hub.rate": "The hub asks for patience. Try again in a minute.",
    "hub.full": "The hub is full. Try again later, or use another one.",
    "hub.version": "The hub speaks another version. Update the older side.",
    "hub.no_network": "This machine has no network that others could reach. Connect it, or name a hub: --hub URL.",
    "stun.servers": "HORIZON_STUN names up to four servers: HOST:PORT,HOST:PORT.",
    "hub.loopback": "A link can't name an address of this machine only. Share a network address.",
    "hub.link_local": "A link can't name a link-local address. Share a network address.",
    # access
    "access.revoked": "Your access was revoked: {host} ended it. Your own edits are kept.",
    "access.denied": "The host keeps this closed.",
    "role.above": "A guest gets the invite's role or a lower one.",
    "identity.state": "That can't be done with this guest any more.",
    "session.full": "The session has its 30 guests.",
    "session.writers": "The session has its 5 guests who may write. Let this one in as observer.",
    "session.over": "The session is over.",
    "session.unknown": "There is no such session here: horizon sessions lists what there is.",
    "session.ambiguous": "{n} sessions match: say which by more of its id.",
    "session.none": "There is no interrupted session to resume in this profile.",
    "session.length": "A session lasts 10 seconds to 24 hours: --ttl 45m, --ttl 2h.",
    "session.places": "A session has 1 to 30 guests.",
    "session.title": "A title has 1 to 80 characters.",
    "session.invite": "An invite lasts 1 minute to 24 hours.",
    "session.channels": "This type of session has no such channel, or gives less of it.",
    "session.files": "Share at least one file: --share FILE.",
    "expiry.limit": "This session can't be extended again: it has reached its longest time.",
    "peer.unknown": "Nobody in this session has that id or name.",
    "peer.ambiguous": "{n} guests match {peer}: type more of the id.",
    "peer.self": "That is you.",
    "ended": "The session has ended.",
    # files
    "file.binary": "{file} can't be edited together: it isn't text.",
    "file.encoding": "{file} can't be edited together: it isn't UTF-8 text. Convert a copy and share that.",
    "file.big": "{file} can't be edited together: it is too big; up to 2 MB works.",
    "file.vanished": "{file} isn't there: moved, deleted or misspelt. If it was shared, everyone keeps the text.",
    "file.unknown": "There is no such file in this session.",
    "file.changed": "{file} has changed meanwhile. Look at it again.",
    "file.differs": "{file} in the mirror folder is another file. Move it away, or join with --force.",
    "file.unwritable": "{file} can't be written. Check its rights and the room on the disk.",
    "file.unreadable": "{file} can't be read. Check its rights.",
    "file.aside": "You may only look at {file}. What you wrote is kept beside it, under a name that ends in .mine.",
    "file.name": "{file} has a name that this disk can't keep.",
    "files.many": "These are too many files to share at once.",
    "share.nothing": "There is nothing to share: no text file was found.",
    "chat.length": "A line of chat has 1 to 4000 characters.",
    "rate.edits": "Slow down a little: nothing is lost, the rest follows in a moment.",
    # this program and this machine
    "profile.name": "A profile name has 1 to 32 letters, digits, - or _.",
    "profile.person": "A name has 1 to 40 characters.",
    "name.empty": "A name has 1 to 40 visible characters.",
    "profile.busy": "Horizon already runs in this profile. For a second one use --profile NAME.",
    "profile.idle": "Nothing runs in this profile.",
    "profile.silent": "The running Horizon of this profile doesn't answer.",
    "profile.folder": "The profile's folder can't be used: it has to be yours alone (mode 0700).",
    "store.unavailable": "The database can't be used. Check the disk and the folder's rights; a team's: database.url.",
    "store.newer": "The profile's database was written by a newer Horizon. Update this one.",
    "secret.unavailable": "The device key can't be read or written.",
    "secret.keyring": "This profile's key is in a keyring that is closed or gone. Open it, then start again.",
    "secret.exposed": "The device key file can be read by others. Make it yours alone: chmod 600 {file}.",
    "time.length": "That is no length of time: expected 45s, 30m, 2h or 1h30m.",
    "credentials.link": "Give the invite's link: as an argument, by - (stdin), with --from FILE, or at the prompt.",
    "credentials.code": "Give the code: at the prompt, by - (stdin), or with --from FILE.",
    "credentials.file": "{file} can't be read: expected the link and then the code, one a line.",
    "credentials.twice": "Give the link once: as an argument, by -, or with --from FILE.",
    "report.exists": "{file} exists already. Name another file for the report.",
    "report.unwritable": "{file} can't be written. Name another file for the report.",
    "measure.size": "A measure takes 1 to 256 MiB and 1 to 60 seconds.",
    "measure.busy": "A measure of this link is under way. Wait until it is done.",
    "measure.often": "That is enough measures for a minute. Wait a moment.",
    "measure.order": "What arrived was not what was announced, so the measure was stopped.",
    "measure.stuck": "Nothing came through: there is no path for a measure now. Try again when there is one.",
    "measure.lost": "The other side went away, so this measure counts for nothing. Measure again when it is back.",
    "measure.declined": "The other side doesn't take a measure.",
    "channel.closed": "The host has switched that off for this session.",
    "approve.word": "--approve is ask or auto.",
    "config.name": "{where}: there is no setting {name}; the nearest is {nearest}.",
    "config.value": "{where}: {name} can't be that. Expected: {expected}.",
    "config.file": "{where} can't be read as a configuration. Expected: {expected}.",
    "config.off": "{name} is switched off in this Horizon's configuration.",
    "policy.denied": "That isn't allowed here: {reason}.",
    "policy.closed": "{host}'s policies don't let this guest in. Your code stays valid.",
    "policy.hours": "{host}'s policies let guests in at certain hours only. Try again in {n} minutes.",
    "policy.broken": "The policies can't be used. {why}",
    "policy.request": "Can't ask that: {what} is wanted.",
    "policy.template": "There is no template {name}. There are: {known}.",
    "quota.over": "That is over the limit that is left.",
    "quota.closed": "That quota isn't open now: it has ended, is paused, or hasn't begun.",
    "bus.unavailable": "The server between the parts of Horizon can't be reached. It is tried again by itself.",
    "bus.behind": "This program fell too far behind and stopped following the session.",
    "purse.form": "A purse is RESOURCE=AMOUNT with gpu_hours, cpu_hours or network_gib: --purse cpu_hours=2,burst=1.5.",
    "purse.no_gpu": "No GPU can be metered here. Use cpu_hours or network_gib.",
    "purse.none": "Nothing is metered here.",
    "usage": "That can't be done as asked.",
    "protocol.remote": "The other side sent something that breaks the rules. It was not used.",
    "protocol.local": "Something inside Horizon went wrong. What you wrote is kept.",
    "internal": "Something inside Horizon went wrong. What you wrote is kept.",
}

NOTES: Final[Mapping[str, str]] = {
    "arguments": "Link and code in arguments can be read by everybody on this machine: prefer the prompt, - or --from.",
    "interrupted": "{n} interrupted session(s) of this profile can go on: horizon host --resume.",
    "ask_link": "Invite link: ",
    "ask_code": "Code (XXXX-XXXX, not shown): ",
    "share_link": "Send this link",
    "share_code": "Send this code another way",
    "code_tried": "A wrong code was entered for invite {name}: {n} tries left.",
    "knock": "{name} ({device}) wants to come in as {role}.",
    "kept_out": "A policy kept a guest out who had link and code: device {peer}.",
    "pictures": "Both of you see: {pictures}",
    "knock_how": "y {peer} lets in, n {peer} declines, observer {peer} lets in to watch.",
    "time_asked": "{name} asks for {n} more minutes: horizon extend {n}m",
    "silent": "Nothing heard from {name} for a while.",
    "back": "{name} is back.",
    "muted": "{name} was muted: too much that is not allowed.",
    "hub_lost": "The connection to the hub {hub} is gone; dialling again.",
    "hub_back": "Connected to the hub {hub}.",
    "access": "You are {role} now.",
    "waits": "What {name} wrote waits until it can be kept.",
    "read_only": "0:00. Guests can still look for 5 seconds.",
    "stop_again": "Ending. Ctrl-C once more stops at once.",
    "chat_hint": "Type a line and press Enter to chat. Ctrl-C leaves.",
    "host_hint": "Ctrl-C ends the session for everyone.",
    "log": "The profile's log says more.",
    "report_written": "The report is in {name}. It holds no secrets, and addresses are masked.",
    "config_good": "{name} can be used.",
    "risk_allow": "{name} is trusted.",
    "risk_ask_host": "{name}: {why}. Say trust {peer}, or revoke; without an answer {name} may only look in 2 minutes.",
    "risk_read_only": "{name} may only look: {why}. Type trust {peer} to give it back.",
    "risk_refuse": "{name} was suspended: {why}. To let them in again type trust {peer}, then: horizon invite.",
    "purse_warning": "The purse is {n} % used; {left} is left.",
    "purse_stopped": "The purse is spent: guests can read and talk, nothing that costs goes on.",
    "purse_freed": "The purse has room again.",
    "nothing": "No session in this profile.",
}

SIGNALS: Final[Mapping[str, str]] = {
    "new_device": "a device that was never let in here",
    "address_change": "it comes from another network",
    "clock_skew": "its clock is ten minutes off",
    "failed_codes": "wrong codes before the right one",
    "unusual_rate": "more messages than it may send",
}

REASONS: Final[Mapping[str, str]] = {
    "expired": "its time is over",
    "host": "the host ended it",
    "left": "you left",
    "revoked": "the host took your access back",
    "lost": "the host could not be reached any more",
    "crash": "it was interrupted",
    "mirror": "another file stands in the mirror's way",
}

_UNFILLED: Final = {
    "host": "the host",
    "hub": "The hub",
    "proxy": "that was named",
    "file": "The file",
    "peer": "that",
    "folder": "the folder",
    "where": "the configuration",
    "name": "that",
    "nearest": "listed by: horizon config show",
    "expected": "another value",
    "reason": "a policy of the host keeps it closed",
    "why": "horizon policy check tells what is wrong.",
    "what": "another question",
    "known": "horizon policy template lists them",
    "n": "several",
    "s": "some",
}


class _Filled(dict[str, str | int]):
    """Places nobody filled read as a general word, so that a sentence is always whole."""

    def __missing__(self, place: str) -> str:
        return _UNFILLED.get(place, "?")


def sentence(key: str, values: Mapping[str, str | int] | None = None) -> str:
    """Return the one sentence for a key; a key nobody wrote one for is said by its family.

    Values may come from peers: nothing in them steers a terminal.
    """
    if key in SENTENCES:
        words = SENTENCES[key]
    elif key.split(".", maxsplit=1)[0] in _FOREIGN:
        words = SENTENCES["protocol.remote"]
    else:
        words = SENTENCES["internal"]
    told = values or {}
    text = filled(words, told)
    begins_with_name = words.startswith("{") and words[1:].partition("}")[0] in told
    return text if begins_with_name else text[:1].upper() + text[1:]


def trouble_sentence(code: str, file: str) -> str:
    """Return the sentence for what keeps a file from being saved; what may not be written at all was set aside."""
    return sentence("file.aside" if code == "access.denied" else code, {"file": file})


def filled(words: str, values: Mapping[str, str | int]) -> str:
    """Return a sentence with its places filled; a value is cut and cleaned of what could steer a terminal."""
    clean = {name: plain_name(v, most_characters=200) if isinstance(v, str) else v for name, v in values.items()}
    return words.format_map(_Filled(clean))


def note(key: str, **values: str | int) -> str:
    """Return a line that only people read."""
    return NOTES[key].format_map(_Filled(values))


_FOREIGN: Final = frozenset(
    {
        "ack", "attempt", "binding", "channel", "edit", "first", "flags", "frame", "message", "peers", "rate", "relay",
        "seq", "signal", "tls", "token", "type", "version", "time", "identity", "peer",
    }
)  # fmt: skip
"""Families of rules that a peer's or a hub's bytes broke."""
