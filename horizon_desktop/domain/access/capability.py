"""What a guest may do: roles, channels, data types, rates and times. May be narrowed by anyone, widened by no one."""

from enum import StrEnum


class Role(StrEnum):
    """Ordered from least to most; the table of channels for each stands in PROTOCOL section 4."""

    OBSERVER = "observer"
    EDITOR = "editor"
    OPERATOR = "operator"
