"""A host and guests with real sessions over a hub, disks and stores in memory, on clocks that a test moves."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TypeVar

from horizon_desktop.adapters.documents.replica import PycrdtReplicas
from horizon_desktop.adapters.memory_bus import MemoryBus
from horizon_desktop.adapters.tls.engine import MemoryTlsFactory
from horizon_desktop.crypto.keys import DeviceKeyPair
from horizon_desktop.domain.collaboration.session import SessionPlan, SessionType
from horizon_desktop.domain.events import Event, PeerEntered
from horizon_desktop.domain.ids import peer_id_of
from horizon_desktop.domain.instants import Instant
from horizon_desktop.domain.usage.purse import PurseWish
from horizon_desktop.ports.configuration import Configuration
from horizon_desktop.ports.hub_home import HubPlan
from horizon_desktop.ports.telemetry import Meters
from horizon_desktop.services.host_parts import Parts
from horizon_desktop.services.hosted_session import HostedSession
from horizon_desktop.services.joined_session import JoinedSession
from horizon_desktop.services.policies import Policies
from horizon_desktop.services.redeeming import RedemptionDevice
from horizon_desktop.services.session_planning import HostChoice
from horizon_desktop.services.sessions import Sessions
from horizon_desktop.services.usage import Usage
from tests.fakes.clock import FakeClock
from tests.fakes.entropy import SeededEntropy
from tests.fakes.hub import MemoryHub, MemoryHubDialer
from tests.fakes.mirror_folder import MemoryMirrorFolders
from tests.fakes.store import MemoryStore
from tests.fakes.text_files import MemoryTextFiles

NOON = Instant(1_790_000_000_000)
FILE = Path("/srv/train.py")
PATIENCE_S = 20.0
EventT = TypeVar("EventT")
T = TypeVar("T")


class Machine:
    """One profile: its key, clock, disk, store and whatever sessions run on it now."""

    def __init__(self, world: "World", name: str, *, ahead_ms: int = 0) -> None:
        self.name = name
        self.world = world
        self.clock = FakeClock(NOON.plus(ahead_ms))
        self.store = MemoryStore()
        self.bus = MemoryBus()
        self.facts: list[Event] = []
        self.key = DeviceKeyPair.from_seed(name.encode().ljust(32, b"."))
        self.disk = {FILE: b"import torch\n"}
        self.dialer = MemoryHubDialer(world.hub, clock=self.clock)
        self.configuration = Configuration()
        self.usage: Usage | None = None
        self.meters: Meters | None = None
        self.policies = Policies()
        self.sessions: Sessions
        self.starts = 0

    @property
    def peer_id(self) -> str:
        return peer_id_of(self.key.key)

    def parts(self) -> Parts:
        self.starts += 1
        return Parts(
            key=self.key,
            device=f"{self.name}-box",
            system="Linux",
            store=self.store,
            bus=self.bus,
            clock=self.clock,
            entropy=SeededEntropy(f"{self.name} {self.starts}"),
            dialer=self.dialer,
            tls=MemoryTlsFactory(),
            direct=None,
            files=lambda: MemoryTextFiles(self.disk),
            replicas=PycrdtReplicas(),
            mirrors=MemoryMirrorFolders(),
            policies=self.policies,
            configuration=self.configuration,
            usage=self.usage,
            meters=self.meters,
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Machine"]:
        """Run a process of this profile for the time of the block; its sessions are suspended at the end."""
        async with asyncio.TaskGroup() as group:
            self.sessions = Sessions(parts=self.parts(), hubs=self, name=lambda: self.name, group=group)
            with self.bus.subscribe() as facts:
                hearing = group.create_task(self._hear(facts))
                try:
                    yield self
                finally:
                    await self.world.done(self.sessions.close())
                    hearing.cancel()

    async def plan(self, url: str) -> HubPlan:
        address = self.world.hub.address
        return HubPlan(dial=address, link=(address,), url=f"https://{address.authority}")

    async def _hear(self, facts: AsyncIterator[Event]) -> None:
        async for fact in facts:
            self.facts.append(fact)

    def heard(self, kind: type[EventT]) -> list[EventT]:
        return [fact for fact in self.facts if isinstance(fact, kind)]

    async def fact(
        self, kind: type[EventT], matches: Callable[[EventT], bool] = lambda _: True, *, after: int = 0
    ) -> EventT:
        """Return the first fact that matches, letting time pass until it comes."""

        def found() -> list[EventT]:
            return [fact for fact in self.facts[after:] if isinstance(fact, kind) and matches(fact)]

        await self.world.until(lambda: bool(found()), f"{self.name} hears {kind.__name__}")
        return found()[0]


class World:
    """The hub and every machine; `until` moves all clocks together."""

    def __init__(self) -> None:
        self.hub_clock = FakeClock(NOON)
        self.hub = MemoryHub(clock=self.hub_clock, entropy=SeededEntropy("hub"))
        self.machines: list[Machine] = []

    def machine(self, name: str, *, ahead_ms: int = 0) -> Machine:
        made = Machine(self, name, ahead_ms=ahead_ms)
        self.machines.append(made)
        return made

    def advance(self, ms: int) -> None:
        for clock in (self.hub_clock, *(machine.clock for machine in self.machines)):
            clock.advance(ms=ms)

    async def run_for(self, *, seconds: int, step_ms: int = 100) -> None:
        """Let so much time pass, everybody doing their part in between."""
        for _ in range(seconds * 1000 // step_ms):
            await self.breathe()
            self.advance(step_ms)
        await self.breathe()

    async def breathe(self) -> None:
        for _ in range(30):
            await asyncio.sleep(0)

    async def done(self, work: Coroutine[None, None, T]) -> T:
        """Let time pass until `work` is done, and return what came of it."""
        async with asyncio.TaskGroup() as group:
            task = group.create_task(_kept(work))
            await self.until(task.done, f"{task.get_coro()} is done")
        result = task.result()
        if isinstance(result, Exception):
            raise result
        return result

    async def until(self, is_true: Callable[[], bool], what: str) -> None:
        """Let time pass, 20 ms of it for each of the machine's own, until it is so; fails after the deadline."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not is_true():
                    await self.breathe()
                    await asyncio.sleep(0.001)
                    self.advance(20)
        except TimeoutError:
            heard = {
                machine.name: list(dict.fromkeys(type(fact).__name__ for fact in reversed(machine.facts)))
                for machine in self.machines
            }
            raise AssertionError(f"never: {what}; heard {heard}") from None

    async def host_a_file(
        self, host: Machine, *, places: int = 3, length_s: int = 3600, purse: PurseWish | None = None
    ) -> HostedSession:
        """Share one file with approval automatic."""
        plan = SessionPlan(
            session_type=SessionType.PAIR, title="Spike", length_s=length_s, places=places, invite_minutes=60
        )
        choice = HostChoice(
            plan=plan, files=(FILE,), is_approval_asked=False, is_relay_allowed=True, hub="", purse=purse
        )
        return await self.done(host.sessions.create(choice))

    async def join(self, guest: Machine, hosted: HostedSession, host: Machine) -> JoinedSession:
        """Have a guest redeem the newest invite and come in."""
        secrets = hosted.invitations.views()[0].secrets
        assert secrets is not None
        device = RedemptionDevice(name=guest.name, device="laptop", system="Linux", version="0.1.0")
        heard = len(host.facts)
        joined = await self.done(
            guest.sessions.join(
                secrets.app_link, secrets.shown_code, device, shown=None, mirror=None, is_mirror_forced=False
            )
        )
        await host.fact(PeerEntered, lambda fact: fact.participant.peer_id == guest.peer_id, after=heard)
        return joined


@asynccontextmanager
async def world_of(*machines: Machine) -> AsyncIterator[None]:
    """Run a process of each machine for the time of the block."""
    async with AsyncExitStack() as stack:
        for machine in machines:
            await stack.enter_async_context(machine.running())
        yield


async def _kept(work: Coroutine[None, None, T]) -> T | Exception:
    """Return what came of it, a failure too: it is the caller's, not the task group's."""
    try:
        return await work
    except Exception as failure:  # noqa: BLE001 - raised again where the test awaits it
        return failure
