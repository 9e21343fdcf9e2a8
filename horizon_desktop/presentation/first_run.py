"""The first start: key and name were made silently, nothing has to be filled in."""

import msgspec

from horizon_desktop.presentation.wording import Words


class FirstRunView(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    pictures: tuple[int, ...]
    """Own key pictures, 7 of 0..63."""
    link_problem: Words | None = None
    """What is wrong with the link that was pasted."""
