"""The shape of every sans-IO machine: events in, effects out, and when to be woken."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from horizon_desktop.domain.instants import Now, Tick

FrameT = TypeVar("FrameT", contravariant=True)
EffectT = TypeVar("EffectT", covariant=True)


class Machine(Protocol[FrameT, EffectT]):
    """A conversation without IO: holds no socket, task, timer, logger or callback."""

    def receive(self, frame: FrameT, *, now: Now) -> Sequence[EffectT]: ...
    def wake(self, *, now: Now) -> Sequence[EffectT]: ...
    def deadline(self) -> Tick | None:
        """When wake() is next wanted."""
        ...
