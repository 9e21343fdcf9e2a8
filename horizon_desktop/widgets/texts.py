"""The English sentences of the window by the keys of presentation/wording.py; Qt context for translators: Words."""

import re
from collections.abc import Mapping
from typing import Final

import msgspec
from PySide6.QtCore import QCoreApplication

from horizon_desktop.presentation.wording import Words, wording_of
from horizon_desktop.widgets.phrases import ACTIONS, PHRASES

CONTEXT: Final = "Words"
_PARTS: Final = re.compile(r"(?<=[.?;]) ")
_PLACES: Final = re.compile(r"\{(\w+)\}")


class Sentence(msgspec.Struct, frozen=True):
    """A title and a text with named places; `one_*` say it when the counted place is 1."""

    title: str
    text: str = ""
    count: str = ""
    """The counted place."""
    one_title: str = ""
    one_text: str = ""


_S = Sentence
TEXTS: Final[Mapping[str, Sentence]] = {
    "code.typo": _S(
        "That isn't a whole code yet.", "One character looks mistyped. Nothing was sent and no try was used."
    ),
    "code.wrong": _S(
        "That code doesn't match this invite.",
        "{n} tries left. Check for swapped characters, or ask {host} to read it again.",
        count="n",
        one_text="1 try left. Check for swapped characters, or ask {host} to read it again.",
    ),
    "code.wrong.last": _S(
        "That code doesn't match this invite.", "1 try left. Ask {host} to read the code again before you use it."
    ),
    "code.slow": _S(
        "Wait {s} seconds",
        "Then you can try again. This keeps guessing out.",
        count="s",
        one_title="Wait 1 second",
    ),
    "code.locked": _S(
        "Locked after {n} wrong codes",
        "Nobody can use it now, not even with the right code. "
        "Ask {host} for a new invite; it takes them a few seconds.",
    ),
    "invite.expired": _S("This invite has expired", "It was valid until {time}. Ask {host} for a new one."),
    "invite.used": _S(
        "This invite was already used", "Each place works once. If that wasn't you, tell {host} right away."
    ),
    "invite.cancelled": _S("{host} took this invite back", "Ask {host} if you still need to join."),
    "invite.full": _S(
        "All places are taken",
        "{host} allowed {n} guests. They can make room for you.",
        count="n",
        one_text="{host} allowed 1 guest. They can make room for you.",
    ),
    "invite.notyet": _S("It starts at {time}", "Keep this window open; you can join then."),
    "invite.bad": _S("This isn't a Horizon link.", "Copy the whole link, from https or horizon to the end."),
    "invite.version": _S(
        "This session needs a newer Horizon", "{host} runs {v1}, you run {v2}. Update, then open the link again."
    ),
    "invite.changed": _S(
        "{host} changed this session",
        "It isn't what you were shown. Nothing was sent. Read what you may do now, then enter the code again.",
    ),
    "invite.paused": _S(
        "This invite is paused", "Three people were not let in, one after another. {host} can open it again."
    ),
    "key.mismatch": _S(
        "This isn't the key you know",
        "You joined {host} before with another key. Call them and compare the pictures first.",
    ),
    "clock.skew": _S(
        "Your clock is {n} minutes off",
        "Invites depend on exact time. Turn on automatic time, then try again.",
        count="n",
        one_title="Your clock is 1 minute off",
    ),
    "join.waiting": _S("Waiting for {host} to let you in", "They have been notified. This takes up to 2 minutes."),
    "join.declined": _S(
        "{host} didn't let you in", "They declined or didn't answer in 2 minutes. Your code is still valid."
    ),
    "net.relay": _S(
        "Connected through a relay",
        "A firewall blocks the direct path. Still end-to-end encrypted, about {ms} ms slower.",
    ),
    "net.relay.off": _S(
        "No direct path",
        "{host} doesn't allow a relay for this session. Try another network, or ask them to allow it.",
    ),
    "net.offline": _S(
        "You're offline", "Your work is kept here. Guests see you as away; the session clock keeps running."
    ),
    "net.reconnecting": _S(
        "Reconnecting to {host}", "{left} left to resume. Keep typing: your edits are sent when the link is back."
    ),
    "host.away": _S(
        "{host} isn't online yet", "Keep this window open: you can join as soon as they are. Your code stays valid."
    ),
    "hub.unreachable": _S("{hub} can't be reached", "Check the network or the proxy. Nothing was sent."),
    "hub.pin": _S(
        "This isn't the server the link names",
        "Somebody may be in between. Don't enter your code; ask {host} for a new link.",
    ),
    "net.lost": _S(
        "{host} can't be reached",
        "Nothing you typed is lost: {k} edits are saved here.",
        count="k",
        one_text="Nothing you typed is lost: 1 edit is saved here.",
    ),
    "net.back": _S("Back together", "{k} edits were sent.", count="k", one_text="1 edit was sent."),
    "access.revoked": _S("Your access was revoked", "{host} ended it at {time}. Your own edits are saved in {folder}."),
    "access.changed": _S("{host} changed your access", "You can now {list}."),
    "access.denied": _S("{host} keeps this closed", "You can watch the terminal. Typing needs their yes."),
    "rate.edits": _S(
        "Slow down a little", "You reached {n} edits a second. Nothing is lost; the rest follows in {s} s."
    ),
    "rate.bandwidth": _S(
        "Transfers are slowed to {n} MB/s", "That is the limit of this session. Chat and edits go first."
    ),
    "file.binary": _S("{file} can't be edited together", "It isn't text. Send it as a file instead."),
    "file.encoding": _S("{file} can't be edited together", "It isn't UTF-8 text. Convert a copy and share that."),
    "file.big": _S("{file} can't be edited together", "It is {size}; up to 2 MB works. Send it as a file instead."),
    "file.vanished": _S("{file} was moved or deleted", "Everyone keeps the text; save it again here or elsewhere."),
    "file.size": _S("{file} was refused", "{size} is over this session's {limit} limit. {host} can raise it."),
    "file.type": _S("{file} was refused", "This session takes no programs or scripts."),
    "file.hash": _S("{file} arrived damaged", "It was deleted. Sending it again usually works."),
    "file.space": _S("No room for {file}", "It needs {size}, {free} is free in {folder}."),
    "port.busy": _S("Port {p} is in use on your machine", "Horizon can use {q} instead."),
    "quota.over": _S(
        "{n} hours over your limit", "Burst needs approval. Your request tells {approver} what it is for."
    ),
    "train.slow": _S("{site} is slow, waiting {s} s more", "Then this round goes on without it."),
    "expiry.10": _S("Ends in 10 minutes", "Keep going? Everyone stays connected."),
    "expiry.10.guest": _S("Ends in 10 minutes", "{host} can extend it."),
    "expiry.2": _S("{left}", "until guests are disconnected"),
    "expiry.2.guest": _S("{left}", "until you are disconnected"),
    "expiry.limit": _S(
        "This session can't be extended again",
        "It has reached its longest time, {h} h. Start a new one with the same guests.",
    ),
    "ended": _S("Session ended", "{time}, by the time limit. All guests are out."),
    "revoke.confirm": _S(
        "Revoke {guest}?",
        "They are disconnected at once and can't come back with this invite. Their edits stay.",
    ),
    "endall.confirm": _S(
        "End {n} sessions?",
        "{g} guests are disconnected and open invites stop working. Your files stay.",
        count="n",
        one_title="End 1 session?",
        one_text="{g} guests are disconnected and open invites stop working. Your files stay.",
    ),
    "audit.broken": _S(
        "The log was changed outside Horizon",
        "Entries before {time} can't be proven. Later ones are intact. Keep a copy before you do anything else.",
    ),
    "clip.copied": _S("Copied", "Send it another way than the code."),
    "clip.copied.code": _S("Code copied", "Send it another way than the link. It leaves the clipboard in 60 s."),
    "overlay.wayland": _S(
        "This desktop doesn't let windows stay on top",
        "The presence bar is docked in the session; the tray shows the time left.",
    ),
    "invite.unknown": _S(
        "Nobody has this invite", "Its session may be over. Check the link, or ask {host} for a new one."
    ),
    "invite.own": _S("This is your own invite", "Send it to somebody else, or open it with another profile."),
    "preview.bad": _S("This invite isn't from the host it names", "Nothing was sent. Ask {host} for a new link."),
    "preview.stale": _S("This invite has to be renewed", "{host} has to come online once. Your code stays valid."),
    "host.false": _S(
        "Somebody else answered",
        "It isn't the host that the link names, so nothing was told. Ask {host} for a new link.",
    ),
    "attempt.stale": _S("Another try came in between", "No try was used. Enter the code again."),
    "attempt.busy": _S("Too many people try this invite at once", "No try was used. Try again in half a minute."),
    "knock.open": _S("This device is waiting already", "Another window of yours asked to be let in."),
    "knock.none": _S("They no longer wait", "They went away, or the two minutes are over."),
    "hub.closed": _S("{hub} doesn't let this machine in", "Its policies don't allow it from here, or not now."),
    "hub.host_key": _S("{hub} doesn't serve you yet", "Whoever runs it has to add your key first."),
    "hub.count": _S("That is too many hubs", "A session has at most {n}."),
    "proxy.login": _S("The proxy {proxy} wants a name and a password", "Set them in the settings. Nothing was sent."),
    "proxy.refused": _S(
        "The proxy {proxy} doesn't let you through", "Ask who runs it to allow {hub}. Nothing was sent."
    ),
    "proxy.unreachable": _S("The proxy {proxy} can't be reached", "Check its address. Nothing was sent."),
    "proxy.url": _S("That is no proxy", "Expected http://HOST:PORT, http://NAME:PASSWORD@HOST:PORT, or none."),
    "proxy.configured": _S("The configuration names the proxy", "Change it there: it stands above this setting."),
    "hub.rate": _S("{hub} asks for patience", "Nothing was sent. Try again in a minute."),
    "hub.full": _S("{hub} is full", "Nothing was sent. Try again later."),
    "hub.version": _S("{hub} speaks another version", "Nothing was sent. Update the older side."),
    "session.full": _S("The session is full", "It has its 30 guests. Nobody was sent away."),
    "session.writers": _S("Five guests write already", "Let this one in to view only."),
    "session.over": _S("The session is over", "Your own edits are kept."),
    "session.unknown": _S(
        "That session is gone", "It ended, or it runs in another profile. Your files are as they were."
    ),
    "session.files": _S("Choose what to share", "At least one text file or a folder with text files."),
    "files.many": _S("Too many files at once", "Nothing was shared. Choose fewer files, or a smaller folder."),
    "file.unwritable": _S("{file} can't be saved there", "The text is kept. Choose another folder."),
    "file.unreadable": _S("{file} can't be opened", "You may not read it. Change its rights, or choose another."),
    "file.unknown": _S("That file is gone", "It is no longer shared. Your own copy stays where it is."),
    "edit.view": _S("You can only watch this file", "Nothing was changed. Ask the host if you want to write in it."),
    "name.empty": _S("Your name is empty", "Use at least one visible character. No try was used."),
    "profile.person": _S("That name doesn't fit", "It has 1 to 40 characters. The old one is kept."),
    "profile.busy": _S("Horizon runs already", "This profile is open in another window."),
    "share.nothing": _S("Choose what to share", "At least one text file or a folder with text files."),
    "config.name": _S(
        "Horizon's configuration has a word it doesn't know", "{where}: {name}. The nearest is {nearest}."
    ),
    "config.value": _S("Horizon's configuration can't be used", "{where}: {name} can't be that. Expected: {expected}."),
    "config.file": _S("Horizon's configuration can't be read", "{where}. Expected: {expected}."),
    "config.off": _S("Switched off here", "This Horizon's configuration has no {name}."),
    "policy.denied": _S("A policy doesn't allow that", "{reason}."),
    "policy.closed": _S("{host} can't let you in", "The policies there don't allow this guest. Your code stays valid."),
    "policy.hours": _S(
        "Guests come in at certain hours only",
        "Try again in {n} minutes. Your code stays valid.",
        count="n",
        one_text="Try again in 1 minute. Your code stays valid.",
    ),
    "policy.broken": _S("The policies can't be used", "{why}"),
    "pool.over": _S("The pool has less left", "Up to {detail} can be asked for now. Nothing was requested."),
    "pool.share": _S(
        "That is more than your share", "You may still have {detail} of this pool. Nothing was requested."
    ),
    "pool.least": _S("That is less than this pool gives out", "Ask for {detail} or more."),
    "pool.users": _S("The pool has all its users", "It takes {detail} at once. Try again when somebody has finished."),
    "pool.purpose": _S("Say what it is for", "A bounty is given for work that is named."),
    "pool.closed": _S("That pool isn't open now", "It is paused, not begun, or over. Nothing was requested."),
    "allocation.closed": _S("That was decided already", "The list shows how it is now."),
    "allocation.over": _S("That is more than was asked for", "Give {detail} or less."),
    "usage.amount": _S("That isn't an amount", "Use a figure above 0 with at most six places."),
    "window.closed": _S("Not at this hour", "It opens again at its own hours; nothing was requested."),
    "purse.no_gpu": _S("No GPU can be metered here", "Choose CPU hours or GiB of network for the purse."),
    "purse.none": _S("Nothing is metered here", "Create the session without a purse."),
    "session.length": _S("A session can't be that long", "It lasts 10 seconds to 24 hours, or what a policy allows."),
    "hub.url": _S("That isn't a hub's address", "It begins with https, or paste a whole invite link."),
    "hub.no_network": _S("No network that others could reach", "Connect this machine, then try again."),
    "chat.length": _S("That is too long for the chat", "A message has 1 to 4000 characters. Nothing was sent."),
    "identity.state": _S("That isn't possible for this guest now", "The list shows how it is."),
    "pool.name": _S("That name doesn't fit", "A pool's name has 1 to 80 characters."),
    "quota.closed": _S("That quota isn't open now", "It has ended, is paused, or hasn't begun."),
    "bus.unavailable": _S("Parts of Horizon don't reach each other", "It is tried again by itself."),
    "internal": _S("Something went wrong in Horizon", "Your files are as they were. Copy the details and try again."),
    "usage": _S("That can't be done as asked", "Check what you entered and try again."),
    "protocol.local": _S(
        "Something went wrong in Horizon", "Your files are as they were. Copy the details and try again."
    ),
    "protocol.remote": _S("The other side sent something Horizon doesn't understand", "Nothing was changed here."),
    "store.unavailable": _S(
        "Horizon can't read its own data", "Another program may hold it, or the disk is full. Nothing was changed."
    ),
    "store.changed": _S(
        "Somebody else changed Horizon's data",
        "Nothing was opened, and the file is as it was found. Did you put it there? Then run: horizon db accept --yes.",
    ),
    "store.rolled_back": _S(
        "Horizon's data is an old copy",
        "Nothing was opened: used codes would work again. Did you put it there? Then run: horizon db accept --yes.",
    ),
    "store.damaged": _S("Horizon's data is damaged", "Nothing was opened. Older copies lie in the profile's folder."),
    "store.newer": _S("Horizon's data is of a newer version", "Update Horizon on this computer. Nothing was changed."),
    "store.older": _S("The team's database is of an older version", "Somebody has to run: horizon db upgrade."),
    "secret.unavailable": _S(
        "Your key can't be opened", "Unlock the keyring of this desktop, then try again. Nothing was shared."
    ),
}


def title(words: Words) -> str:
    """Return the title of a sentence with its places filled."""
    sentence = _sentence(words.key)
    shape = sentence.one_title if _is_one(sentence, words) and sentence.one_title else sentence.title
    said = fill(translated(shape), _known(words))
    return said[:1].upper() + said[1:] if shape.startswith("{host}") and not words.values.get("host") else said


def text(words: Words) -> str:
    """Return what follows the title; a part of it that needs a value nobody told is left out."""
    sentence = _sentence(words.key)
    shape = sentence.one_text if _is_one(sentence, words) and sentence.one_text else sentence.text
    values = _known(words)
    parts = [part for part in _PARTS.split(translated(shape)) if set(_PLACES.findall(part)) <= values.keys()]
    return fill(" ".join(parts), values)


def phrase(words: Words) -> str:
    """Return a line of a page: a phrase if there is one under the key, else the title of the sentence."""
    if words.key not in PHRASES:
        return title(words)
    shapes = PHRASES[words.key]
    shape = shapes[1] if len(shapes) > 1 and words.values.get("n") == 1 else shapes[0]
    return fill(translated(shape), words.values)


def action(key: str, values: Mapping[str, str | int] | None = None) -> str:
    """Return the label of a button by its key."""
    return fill(translated(ACTIONS[key]), _known(Words(key, dict(values or {}))))


def translated(source: str) -> str:
    """Return a source text in the language of the window."""
    return QCoreApplication.translate(CONTEXT, source) if source else ""


def fill(shape: str, values: Mapping[str, str | int]) -> str:
    """Put values into the named places of a shape, each once, so that a value never makes a place."""
    parts: list[str] = []
    rest = shape
    while "{" in rest:
        before, _, after = rest.partition("{")
        name, closing, tail = after.partition("}")
        parts.append(before)
        parts.append(str(values[name]) if closing and name in values else "{" + name + closing)
        rest = tail
    return "".join(parts) + rest


def _sentence(key: str) -> Sentence:
    return TEXTS[wording_of(key).key]


def _known(words: Words) -> dict[str, str | int]:
    """Return the values that are told, and a plain word for a host or a hub whose name nobody knows yet."""
    told = {name: value for name, value in words.values.items() if value != ""}
    return {"host": translated("your host"), "hub": translated("The relay"), **told}


def _is_one(sentence: Sentence, words: Words) -> bool:
    return bool(sentence.count) and words.values.get(sentence.count) == 1
