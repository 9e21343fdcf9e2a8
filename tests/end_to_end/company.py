"""A hub and profiles on this machine, opened for a test; and a listener that waits for facts with a deadline."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TypeVar

from horizon_desktop.adapters.documents.replica import PycrdtReplicas
from horizon_desktop.adapters.system import SystemClock, SystemEntropy
from horizon_desktop.bridge.in_process import EphemeralBridge
from horizon_desktop.bridge.views import DeviceInfo, InviteView, SessionSpec, SessionView
from horizon_desktop.domain.collaboration.session import SessionType
from horizon_desktop.domain.events import Event, FilesChanged
from horizon_desktop.main.hub import open_hub
from horizon_desktop.main.profile import Profile
from horizon_desktop.main.wiring import Choices, open_bridge
from horizon_desktop.ports.documents import TextReplica

E = TypeVar("E")
DEADLINE_S = 20.0
DEVICE = DeviceInfo(name="kestrel", device="laptop", system="Linux", version="0.1.0")


class Listener:
    """Hears every fact of one bridge from the moment it is opened."""

    def __init__(self) -> None:
        self.heard: list[Event] = []
        self._moved = asyncio.Condition()

    async def run(self, facts: AsyncIterator[Event]) -> None:
        async for fact in facts:
            async with self._moved:
                self.heard.append(fact)
                self._moved.notify_all()

    async def until(self, kind: type[E], matches: Callable[[E], bool] = lambda _: True, *, after: int = 0) -> E:
        """Return the first fact of this kind that matches, heard already or to come; fails after the deadline."""
        found: list[E] = []

        def is_there() -> bool:
            found[:] = [fact for fact in self.heard[after:] if isinstance(fact, kind) and matches(fact)]
            return bool(found)

        async with self._moved:
            try:
                await asyncio.wait_for(self._moved.wait_for(is_there), DEADLINE_S)
            except TimeoutError:
                names = [type(fact).__name__ for fact in self.heard]
                raise AssertionError(f"no {kind.__name__} came within {DEADLINE_S:.0f} s; heard {names}") from None
        return found[0]


class Somebody:
    """One open profile with its listener."""

    def __init__(self, bridge: EphemeralBridge, listener: Listener, profile: Profile) -> None:
        self.bridge = bridge
        self.listener = listener
        self.profile = profile


@asynccontextmanager
async def somebody(folder: Path, *, hub: str = "", is_direct_tried: bool = False) -> AsyncIterator[Somebody]:
    """Open a profile in `folder` for the time of the block."""
    profile = Profile(name=folder.name, folder=folder)
    choices = Choices(is_direct_tried=is_direct_tried, hub=hub, is_loopback_linked=True)
    async with AsyncExitStack() as stack:
        bridge = await stack.enter_async_context(open_bridge(profile, choices))
        facts = stack.enter_context(bridge.events())
        listener = Listener()
        group = await stack.enter_async_context(asyncio.TaskGroup())
        hearing = group.create_task(listener.run(facts))
        try:
            yield Somebody(bridge, listener, profile)
        finally:
            hearing.cancel()


@asynccontextmanager
async def hub_url(data: Path) -> AsyncIterator[str]:
    """Run a hub of its own on loopback; the URL carries its pin."""
    async with open_hub(
        listen_host="127.0.0.1", port=0, data_dir=data, clock=SystemClock(), entropy=SystemEntropy()
    ) as hub:
        yield hub.url


async def host_a_file(
    host: Somebody, file: Path, *, hub: str = "", length_s: int = 3600, guests: int = 1, is_asked: bool = False
) -> tuple[SessionView, InviteView]:
    """Share one file and return the session with its invite."""
    spec = SessionSpec(
        session_type=SessionType.PAIR,
        title="Fix the loss spike",
        files=(file,),
        length_s=length_s,
        guests=guests,
        is_approval_asked=is_asked,
        hub=hub,
    )
    session = await host.bridge.create_ephemeral_session(spec)
    return session, await host.bridge.get_invite_url(session.session_id)


async def eventually(is_true: Callable[[], bool], what: str, *, deadline_s: float = DEADLINE_S) -> None:
    """Wait until a condition about the disk holds; fails after the deadline."""
    async with asyncio.timeout(deadline_s):
        while not is_true():
            await asyncio.sleep(0.02)
    assert is_true(), what


async def open_text(person: Somebody, session_id: str) -> tuple[TextReplica, bytes, bytes]:
    """Open the first shared file as an editor window does."""
    listed = await person.listener.until(FilesChanged, lambda fact: bool(fact.files))
    seed = await person.bridge.open_replica(session_id, listed.files[0].file_id)
    return PycrdtReplicas().load(seed.client_id, seed.state), seed.file_id, seed.epoch
