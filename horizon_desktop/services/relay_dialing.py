"""A guest's way to the relay: the hubs in order, dialled until one answers, and again when it falls silent."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Final

from horizon_desktop.domain.access.invitation import HubAddress
from horizon_desktop.domain.collaboration.channel import Lane
from horizon_desktop.domain.collaboration.peers import ConnectionMode
from horizon_desktop.domain.ids import DeviceKey, SessionId
from horizon_desktop.errors import AccessRefused, AccessRevoked, HorizonError, Unreachable
from horizon_desktop.ports.clock import Clock
from horizon_desktop.ports.entropy import Entropy
from horizon_desktop.ports.hub import Caller, HubDialer, MemberHub
from horizon_desktop.ports.transport import TlsFactory
from horizon_desktop.protocol.link_events import HubFailed, HubReached, LinkEvent
from horizon_desktop.services.link_driver import LinkDriver, PathRun
from horizon_desktop.services.link_tasks import Alarm, bounded
from horizon_desktop.services.relay_lane import RelayLane

STAGGER_MS: Final = 1000
"""A hub that has not answered by then gets company from the next; it may still win."""
DIAL_MS: Final = 10_000
WORTH_MS: Final = 10_000
"""A path that lasted so long lets the next loss start with the shortest wait again; two processes with one device
key, each of which ends the other's path, slow down instead."""
BACKOFF_MS: Final = (200, 500, 1000, 2000, 5000)


class RelayDialer:
    """Keeps a relay path under the guest's link: a new one is dialled when the last has ended or is silent."""

    def __init__(
        self,
        driver: LinkDriver,
        *,
        session: SessionId,
        host: DeviceKey,
        caller: Caller,
        hubs: Sequence[HubAddress],
        token: Callable[[], bytes],
        dialer: HubDialer,
        tls: TlsFactory,
        lanes: Sequence[Lane],
        clock: Clock,
        entropy: Entropy,
        tell: Callable[[LinkEvent], None],
    ) -> None:
        self._driver = driver
        self._session = session
        self._host = host
        self._caller = caller
        self._hubs = hubs
        self._token = token
        self._dialer = dialer
        self._tls = tls
        self._lanes = lanes
        self._clock = clock
        self._entropy = entropy
        self._tell = tell
        self._wanted = asyncio.Event()
        self._alarm = Alarm(clock)
        self._failures = 0
        self._members: list[MemberHub] = []
        self._late_lanes: list[Callable[[], None]] = []
        """What opens the bulk lane on each path that lives."""
        self._dialling: list[asyncio.Task[None]] = []

    def redial(self, *, at_once: bool = False) -> None:
        """Dial anew; the old connection stays until the new path stands.

        `at_once` gives up a dial that is under way, maybe into a network that is gone, and the wait between tries.
        """
        self._wanted.set()
        if at_once:
            self._failures = 0
            for task in self._dialling:
                task.cancel()
            self._alarm.ring()

    def open_bulk_lane(self) -> None:
        """Open the bulk lane, too, on the paths that live and on those to come."""
        if Lane.BULK not in self._lanes:
            self._lanes = (*self._lanes, Lane.BULK)
            for open_late in self._late_lanes:
                open_late()

    async def renew(self, token: bytes) -> None:
        """Hand the next token to the hubs we are connected to. Raises AccessRefused, LinkLost."""
        for member in list(self._members):
            await member.renew(token)

    async def run(self) -> None:
        """Dial whenever wanted, until the link is over."""
        async with asyncio.TaskGroup() as group:
            self._wanted.set()
            while not self._driver.is_over:
                await self._wanted.wait()
                self._wanted.clear()
                member = await self._dial()
                if member is None:
                    self._wanted.set()
                else:
                    group.create_task(self._relay(member))
                await self._pause()

    async def _pause(self) -> None:
        base_ms = BACKOFF_MS[min(self._failures, len(BACKOFF_MS) - 1)]
        self._failures += 1
        jitter_ms = base_ms * self._entropy.draw(1)[0] // 1024
        await self._alarm.wait(self._clock.now().tick.plus(base_ms + jitter_ms))

    async def _dial(self) -> MemberHub | None:
        """Return the first hub that takes us, or None when all have failed."""
        won: list[MemberHub] = []
        async with asyncio.TaskGroup() as group:
            tasks = []
            for hub in self._hubs:
                alarm = Alarm(self._clock)
                task = group.create_task(self._dial_one(hub, won))
                task.add_done_callback(alarm.rung_by)
                tasks.append(task)
                self._dialling.append(task)
                await alarm.wait(self._clock.now().tick.plus(STAGGER_MS))
                if won:
                    break
            while not won and not all(task.done() for task in tasks):
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                tasks = [task for task in tasks if not task.done()]
            for task in tasks:
                task.cancel()
        self._dialling.clear()
        for late in won[1:]:
            await _close_quietly(late)
        return won[0] if won else None

    async def _dial_one(self, hub: HubAddress, won: list[MemberHub]) -> None:
        name = f"{hub.host}:{hub.port}"
        if not await bounded(self._connect(hub, name, won), self._clock, DIAL_MS):
            self._tell(HubFailed(peer=self._host, hub=name, key=Unreachable.code, is_refused=False))

    async def _connect(self, hub: HubAddress, name: str, won: list[MemberHub]) -> None:
        try:
            member = await self._dialer.connect(hub, self._caller, session=self._session, token=self._token())
        except HorizonError as exc:
            is_refused = isinstance(exc, AccessRefused | AccessRevoked)
            failed = HubFailed(peer=self._host, hub=name, key=exc.key, is_refused=is_refused)
            self._tell(failed)
            return
        won.append(member)
        self._tell(HubReached(peer=self._host, hub=name))

    async def _relay(self, member: MemberHub) -> None:
        """Run one relay path until its connection or the path ends."""
        lanes: dict[Lane, RelayLane] = {}

        async def close(_: str) -> None:
            for lane in lanes.values():
                await lane.close()
            await member.close()

        self._members.append(member)
        since = self._clock.now().tick
        path = self._driver.add_path(ConnectionMode.RELAY, close)

        def open_lane(lane: Lane) -> None:
            writer = _writer(member, lane)
            lanes[lane] = RelayLane(self._tls.client(), lane, is_client=True, write=writer, clock=self._clock)
            # Of bulk nobody waits for an answer: all else goes before it, and a slow line may be busy for long.
            asked = None if lane is Lane.BULK else lanes[lane].asked
            path.add(lanes[lane], lanes[lane].opened, asked)

        for lane in self._lanes:
            open_lane(lane)
        open_late = partial(open_lane, Lane.BULK)
        self._late_lanes.append(open_late)
        try:
            await self._feed(member, path, lanes)
        finally:
            self._members.remove(member)
            self._late_lanes.remove(open_late)
            path.end("hub.lost")
            if self._clock.now().tick.since(since) >= WORTH_MS:
                self._failures = 0
            if not self._driver.has_path(ConnectionMode.RELAY):
                self._wanted.set()

    async def _feed(self, member: MemberHub, path: PathRun, lanes: dict[Lane, RelayLane]) -> None:
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(_read(member, lanes))
            over = group.create_task(path.over())
            reading.add_done_callback(lambda _: path.end("hub.lost"))
            await over
            reading.cancel()


async def _read(member: MemberHub, lanes: dict[Lane, RelayLane]) -> None:
    try:
        async for frame in member.events():
            lane = lanes.get(frame.lane)
            if lane is not None:
                await lane.feed(frame.data)
    except HorizonError:
        return


def _writer(member: MemberHub, lane: Lane) -> Callable[[bytes], Awaitable[None]]:
    async def write(data: bytes) -> None:
        await member.send_relay(lane, data)

    return write


async def _close_quietly(member: MemberHub) -> None:
    try:
        await member.close()
    except HorizonError:
        return
