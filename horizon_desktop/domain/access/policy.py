"""Policy: who may do what to which resource, and when; the values of the policy language (docs/guide/policy.md)."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Final

import msgspec

from horizon_desktop.domain.instants import Instant

API_VERSION: Final = "policy.horizon.dev/v1"
KIND: Final = "Policy"
PRINCIPAL_TYPES: Final = ("any", "device", "domain", "group", "role", "user")
"""`any` is everybody; `domain` is that of a mail address; the others are what the asker knows of the one who acts."""
ANY: Final = "any"
EVERYTHING: Final = "*"
"""As an action: every action. As a resource type: every type."""
FAMILY: Final = ".*"
"""An action that ends so means every action that begins so: `session.*`."""

Number = int | float
Scalar = str | int | float | bool
Attribute = str | int | float | Decimal | bool | Instant | frozenset[str]
"""What a gate may know: text, number, yes or no, a moment, a set of names."""


class Effect(StrEnum):
    """What a policy that matches does; one that denies wins over any that allow."""

    ALLOW = "allow"
    DENY = "deny"


class PrincipalPattern(msgspec.Struct, frozen=True):
    """Who acts: one type of principal and a glob over its value."""

    type: str
    value: str


class ResourcePattern(msgspec.Struct, frozen=True):
    """What is acted upon: a type and a glob over its path. `*` stays within a segment, `**` does not."""

    type: str
    pattern: str


class HourRange(msgspec.Struct, frozen=True):
    """From a minute of the day until just before another, in an IANA zone; wraps midnight where it ends earlier."""

    from_minute: int
    to_minute: int
    zone: str = "UTC"


class WeekDays(msgspec.Struct, frozen=True):
    """Days of the week in an IANA zone; 0 is Monday."""

    days: tuple[int, ...]
    zone: str = "UTC"


Operand = Scalar | tuple[Scalar, ...] | HourRange | WeekDays


class Comparison(msgspec.Struct, frozen=True):
    """One attribute, one operator of the table, one operand."""

    attribute: str
    operator: str
    operand: Operand


class AllOf(msgspec.Struct, frozen=True):
    """True when every part is; false when one part is."""

    parts: tuple["Condition", ...]


class AnyOf(msgspec.Struct, frozen=True):
    """True when one part is; false when every part is."""

    parts: tuple["Condition", ...]


class Not(msgspec.Struct, frozen=True):
    """True when the part is false; not known when the part is not."""

    part: "Condition"


Condition = Comparison | AllOf | AnyOf | Not


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """One rule. It matches when a principal, a resource, an action and every condition do."""

    name: str
    effect: Effect
    principals: tuple[PrincipalPattern, ...]
    resources: tuple[ResourcePattern, ...]
    actions: tuple[str, ...]
    conditions: tuple[Condition, ...] = ()
    """All must hold. What an attribute that is missing or of the wrong kind makes of them is not known: then a policy
    that allows does not match, and one that denies does."""
    description: str = ""
    reason: str = ""
    """What people read when this policy denies."""


class PolicyRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One question: may this principal do this to that."""

    principal: frozenset[tuple[str, str]]
    """Pairs of type and value: everything that the gate knows of the one who acts."""
    action: str
    resource_type: str
    resource: str
    """A path without a leading slash: `sessions/pair`."""
    attributes: Mapping[str, Attribute] = {}

    def having(self, **attributes: Attribute) -> "PolicyRequest":
        """Return the same question with these attributes changed."""
        return msgspec.structs.replace(self, attributes={**self.attributes, **attributes})


class PolicyVerdict(msgspec.Struct, frozen=True):
    """The answer and the policy that gave it; None: no policy allows it, which is a denial."""

    is_allowed: bool
    policy: Policy | None


UNDECIDED: Final = PolicyVerdict(is_allowed=False, policy=None)
