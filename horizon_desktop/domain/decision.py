"""A rule's answer: Allow, or Deny with a reason. Never a bare bool."""

import msgspec


class Allow(msgspec.Struct, frozen=True):
    """The rule lets it pass."""


class Deny(msgspec.Struct, frozen=True):
    """The rule refuses.

    `rule` is the stable dotted name shown in logs, in `refused` events and used as the wording key;
    `detail` adds figures for a log, never a secret.
    """

    rule: str
    detail: str = ""


Decision = Allow | Deny
