"""What a guest's update of a text may do: the gate in front of the CRDT library (PROTOCOL section 7)."""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

import msgspec

from horizon_desktop.domain.decision import Allow, Decision, Deny
from horizon_desktop.domain.instants import Tick
from horizon_desktop.protocol.payloads.yjs import Deletion, Item, Mark, Section, TextUpdate

_MINUTE_MS: Final = 60_000


class KnownText(msgspec.Struct):
    """Which units a text consists of, living or deleted, as far as the gate must know: clocks and surrogate pairs."""

    clocks: dict[int, int] = {}
    """Client to next clock: the state vector."""
    halves: dict[int, set[int]] = {}
    """Client to clocks of second halves of surrogate pairs."""

    def learn(self, update: TextUpdate) -> None:
        """Take in an update that the replica holds now."""
        for section in update.sections:
            self.learn_items(section.client, section.items)

    def learn_items(self, client: int, items: Iterable[Item]) -> None:
        """Take in items of one client that the replica holds now."""
        for item in items:
            self.clocks[client] = max(self.clocks.get(client, 0), item.clock + item.length)
            if item.halves:
                self.halves.setdefault(client, set()).update(item.halves)


def check_update(update: TextUpdate, *, known: KnownText, own: Collection[int]) -> Decision:
    """Decide whether a guest that writes under the client ids `own` may have this update applied.

    Refused: `edit.author` (structs of another client, or of two), `edit.clock` (not starting exactly at the known
    clock), `edit.origin` (beside units that nobody knows), `edit.delete` (of units that nobody knows), `edit.split`
    (a place inside a surrogate pair, which would change other people's units).
    """
    if len(update.sections) > 1:
        return Deny("edit.author", "structs of several clients")
    ends: Mapping[int, int] = known.clocks
    fresh: set[Mark] = set()
    for section in update.sections:
        if section.client not in own:
            return Deny("edit.author", f"client {section.client}")
        if section.clock != known.clocks.get(section.client, 0):
            return Deny("edit.clock", f"{section.clock}, not {known.clocks.get(section.client, 0)}")
        fresh = {(section.client, half) for item in section.items for half in item.halves}
        refusal = _check_origins(section, known, fresh)
        if refusal is not None:
            return refusal
        ends = {**known.clocks, section.client: section.next_clock}
    return _check_deletions(update.deletions, ends, known, fresh)


def _check_origins(section: Section, known: KnownText, fresh: Collection[Mark]) -> Deny | None:
    for item in section.items:
        for origin in (item.left, item.right):
            if origin is None:
                continue
            client, clock = origin
            end = item.clock if client == section.client else known.clocks.get(client, 0)
            if clock >= end:
                return Deny("edit.origin", f"{client}:{clock}")
        if _splits(item, known, fresh):
            return Deny("edit.split", "between the halves of a character")
    return None


def _splits(item: Item, known: KnownText, fresh: Collection[Mark]) -> bool:
    left, right = item.left, item.right
    if left is not None and _is_half((left[0], left[1] + 1), known, fresh):
        return True
    return right is not None and _is_half(right, known, fresh)


def _check_deletions(
    deletions: Iterable[Deletion], ends: Mapping[int, int], known: KnownText, fresh: Collection[Mark]
) -> Decision:
    for deletion in deletions:
        stop = deletion.clock + deletion.length
        if stop > ends.get(deletion.client, 0):
            return Deny("edit.delete", f"{deletion.client}:{deletion.clock}+{deletion.length}")
        if _is_half((deletion.client, deletion.clock), known, fresh) or _is_half((deletion.client, stop), known, fresh):
            return Deny("edit.split", "half a character deleted")
    return Allow()


def _is_half(mark: Mark, known: KnownText, fresh: Collection[Mark]) -> bool:
    halves = known.halves.get(mark[0])
    return (halves is not None and mark[1] in halves) or mark in fresh


class EditLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What one guest may do to one document. Far above typing, pasting and reformatting."""

    bytes_a_minute: int = 16 * 1024 * 1024
    structs_a_minute: int = 200_000
    work_ms_a_minute: int = 3_000
    """Time spent reading and applying this guest's updates: some small updates are slow on purpose."""
    structs_in_all: int = 400_000
    """Every one stays in the history for as long as the document lives, deleted or not."""


class EditBudget:
    """Counts one guest's use of one document, minute by minute and in all. It outlives links and openings."""

    def __init__(self, limits: EditLimits) -> None:
        self._limits = limits
        self._minute: Tick | None = None
        self._bytes = 0
        self._structs = 0
        self._work_ms = 0
        self._structs_in_all = 0

    def take_bytes(self, count: int, *, now: Tick) -> Decision:
        """Count an update before it is read, or refuse it with `rate.edits`."""
        if self._minute is None or now.since(self._minute) >= _MINUTE_MS:
            self._minute, self._bytes, self._structs, self._work_ms = now, 0, 0, 0
        self._bytes += count
        if self._bytes > self._limits.bytes_a_minute or self._work_ms > self._limits.work_ms_a_minute:
            return Deny("rate.edits", f"{self._bytes} bytes, {self._work_ms} ms this minute")
        return Allow()

    def take_structs(self, count: int) -> Decision:
        """Count what an update holds, or refuse it with `rate.edits`, or `edit.history` for good."""
        if self._structs_in_all + count > self._limits.structs_in_all:
            return Deny("edit.history", f"{self._structs_in_all} structs in all")
        if self._structs + count > self._limits.structs_a_minute:
            return Deny("rate.edits", f"{self._structs} structs this minute")
        self._structs += count
        self._structs_in_all += count
        return Allow()

    def spend(self, work_ms: int) -> Decision:
        """Count time spent; refuse what is left of an update once the minute's share is used up."""
        self._work_ms += work_ms
        if self._work_ms > self._limits.work_ms_a_minute:
            return Deny("rate.edits", f"{self._work_ms} ms of work this minute")
        return Allow()
