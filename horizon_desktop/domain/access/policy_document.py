"""Policies as plain data of a document (YAML, JSON): read strictly, every fault with its place."""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeVar

import msgspec

from horizon_desktop.domain.access.policy import (
    API_VERSION,
    EVERYTHING,
    KIND,
    PRINCIPAL_TYPES,
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    Effect,
    Not,
    Policy,
    PrincipalPattern,
    ResourcePattern,
)
from horizon_desktop.domain.access.policy_globs import MAX_PATTERN
from horizon_desktop.domain.access.policy_operands import MAX_TEXT, Wrong, quoted
from horizon_desktop.domain.access.policy_operators import OPERATORS

MAX_DEPTH: Final = 4
"""Of allOf, anyOf and not inside each other."""
MAX_ENTRIES: Final = 64
"""Principals, resources, actions, or parts of one condition."""
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_ACTION: Final = re.compile(r"\*|[a-z][A-Za-z0-9_-]*(\.[a-z][A-Za-z0-9_-]*)*(\.\*)?", re.ASCII)
_WORD: Final = re.compile(r"[a-z][A-Za-z0-9_]{0,63}", re.ASCII)
_GROUPS: Final = ("allOf", "anyOf", "not")
_T = TypeVar("_T")
Place = tuple[str | int, ...]
"""Keys and positions from the top of a document."""


class Fault(msgspec.Struct, frozen=True):
    """One thing that is wrong in a document."""

    place: Place
    words: str
    nearest: str = ""
    """The known name that was probably meant."""


def place_text(place: Place) -> str:
    """Return `spec.conditions[2].gpus.lte`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    return text.lstrip(".") or "the document"


def read_policy(document: object) -> tuple[Policy | None, tuple[Fault, ...]]:
    """Return the policy of one document and every fault in it; a document with a fault gives no policy."""
    reader = _Reader()
    policy = reader.policy(document)
    faults = tuple(reader.faults)
    return (None if faults else policy), faults


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the known name that a person probably meant, or nothing."""
    return next(iter(difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)), "")


class _Reader:
    """Walks one document and notes what is wrong; goes on, so that a person sees every fault at once."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def policy(self, found: object) -> Policy | None:
        top = self._mapping(found, (), wanted=("apiVersion", "kind", "metadata", "spec"))
        self._is_exactly(top.get("apiVersion"), API_VERSION, ("apiVersion",))
        self._is_exactly(top.get("kind"), KIND, ("kind",))
        metadata = self._mapping(
            top.get("metadata", {}), ("metadata",), wanted=("name",), also=("description", "reason")
        )
        spec = self._mapping(
            top.get("spec", {}),
            ("spec",),
            wanted=("principals", "resources", "actions", "effect"),
            also=("conditions",),
        )
        if self.faults:
            return None
        name = self._text(metadata["name"], ("metadata", "name"), _NAME, "letters, digits, `.`, `_` and `-`")
        effect = self._word(spec["effect"], ("spec", "effect"), tuple(Effect))
        principals = self._entries(spec["principals"], ("spec", "principals"), self._principal)
        resources = self._entries(spec["resources"], ("spec", "resources"), self._resource)
        actions = self._entries(spec["actions"], ("spec", "actions"), self._action)
        conditions: list[Condition] = []
        if "conditions" in spec:
            conditions = self._entries(spec["conditions"], ("spec", "conditions"), self._condition)
        texts = {key: self._line(metadata.get(key, ""), ("metadata", key)) for key in ("description", "reason")}
        if self.faults:
            return None
        return Policy(
            name=name,
            effect=Effect(effect),
            principals=tuple(principals),
            resources=tuple(resources),
            actions=tuple(actions),
            conditions=tuple(conditions),
            description=texts["description"],
            reason=texts["reason"],
        )

    # --- parts ---

    def _principal(self, found: object, place: Place) -> PrincipalPattern:
        is_any = isinstance(found, dict) and found.get("type") == "any"
        entry = self._mapping(found, place, wanted=("type",) if is_any else ("type", "value"), also=("value",))
        kind = self._word(entry.get("type", "any"), (*place, "type"), PRINCIPAL_TYPES)
        value = self._glob(entry.get("value", "*"), (*place, "value"))
        if is_any and value != "*":
            self._note((*place, "value"), "`any` is everybody: leave the value out")
        return PrincipalPattern(kind, value)

    def _resource(self, found: object, place: Place) -> ResourcePattern:
        entry = self._mapping(found, place, wanted=("type", "pattern"))
        kind = entry.get("type", EVERYTHING)
        if kind != EVERYTHING:
            self._text(kind, (*place, "type"), _WORD, "letters and digits, or `*`")
        return ResourcePattern(str(kind), self._glob(entry.get("pattern", "**"), (*place, "pattern")))

    def _action(self, found: object, place: Place) -> str:
        return self._text(found, place, _ACTION, "words with dots (`session.create`), `session.*` or `*`")

    def _condition(self, found: object, place: Place, depth: int = 0) -> Condition:
        nothing = AllOf(())
        if not isinstance(found, dict) or len(found) != 1:
            self._note(place, f"one attribute with its operators, allOf, anyOf or not is wanted, got {quoted(found)}")
            return nothing
        ((key, value),) = found.items()
        if key not in _GROUPS:
            return self._comparisons(key, value, place)
        if depth == MAX_DEPTH:
            self._note(place, f"conditions lie at most {MAX_DEPTH} deep inside each other")
            return nothing
        if key == "not":
            return Not(self._condition(value, (*place, "not"), depth + 1))
        parts = self._entries(value, (*place, key), lambda each, where: self._condition(each, where, depth + 1))
        return AllOf(tuple(parts)) if key == "allOf" else AnyOf(tuple(parts))

    def _comparisons(self, attribute: object, found: object, place: Place) -> Condition:
        if not isinstance(attribute, str) or not _WORD.fullmatch(attribute):
            self._note(place, f"{quoted(attribute)} is no name of an attribute (allOf, anyOf and not are groups)")
            return AllOf(())
        if not isinstance(found, dict) or not found:
            self._note((*place, attribute), f"an operator with its value is wanted, got {quoted(found)}")
            return AllOf(())
        parts = [self._comparison(attribute, name, value, (*place, attribute)) for name, value in found.items()]
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def _comparison(self, attribute: str, name: object, found: object, place: Place) -> Condition:
        row = OPERATORS.get(name) if isinstance(name, str) else None
        if row is None:
            self._unknown(name, place, OPERATORS, "operator")
            return AllOf(())
        operand = row.read(found)
        if isinstance(operand, Wrong):
            self._note((*place, str(name), *operand.within), operand.words)
            return AllOf(())
        return Comparison(attribute, str(name), operand)

    # --- kinds of values ---

    def _mapping(
        self, found: object, place: Place, *, wanted: tuple[str, ...], also: tuple[str, ...] = ()
    ) -> Mapping[str, object]:
        """Return a mapping whose keys are known; what lacks or is too much is noted."""
        if not isinstance(found, dict):
            self._note(place, f"a mapping with {', '.join(wanted)} is wanted, got {quoted(found)}")
            return {}
        known = (*wanted, *also)
        for key in found:
            if key not in known:
                self._unknown(key, (*place, str(key)), known, "key")
        for key in wanted:
            if key not in found:
                self._note(place, f"`{key}` is missing")
        return found

    def _entries(self, found: object, place: Place, read: Callable[[object, Place], _T]) -> list[_T]:
        if not isinstance(found, list) or not 1 <= len(found) <= MAX_ENTRIES:
            self._note(place, f"a list of 1 to {MAX_ENTRIES} is wanted, got {quoted(found)}")
            return []
        return [read(each, (*place, number)) for number, each in enumerate(found)]

    def _text(self, found: object, place: Place, shape: re.Pattern[str], words: str) -> str:
        if isinstance(found, str) and shape.fullmatch(found):
            return found
        self._note(place, f"{words} are wanted, got {quoted(found)}")
        return ""

    def _glob(self, found: object, place: Place) -> str:
        if isinstance(found, str) and 1 <= len(found) <= MAX_PATTERN:
            return found
        self._note(place, f"a text of 1 to {MAX_PATTERN} characters is wanted, got {quoted(found)}")
        return ""

    def _line(self, found: object, place: Place) -> str:
        if (
            isinstance(found, str)
            and len(found) <= MAX_TEXT
            and all(sign.isprintable() or sign == "\n" for sign in found)
        ):
            return " ".join(found.split())
        self._note(place, f"a printable text of at most {MAX_TEXT} characters is wanted, got {quoted(found)}")
        return ""

    def _word(self, found: object, place: Place, known: tuple[str, ...]) -> str:
        if isinstance(found, str) and found in known:
            return found
        self._unknown(found, place, known, "word")
        return known[0]

    def _is_exactly(self, found: object, wanted: str, place: Place) -> None:
        if found is not None and found != wanted:
            self._note(place, f"`{wanted}` is wanted, got {quoted(found)}")

    def _unknown(self, found: object, place: Place, known: Iterable[str], what: str) -> None:
        near = nearest(str(found), known)
        listed = ", ".join(known)
        self.faults.append(Fault(place, f"unknown {what} {quoted(found)}; known are {listed}", near))

    def _note(self, place: Place, words: str) -> None:
        self.faults.append(Fault(place, words))
