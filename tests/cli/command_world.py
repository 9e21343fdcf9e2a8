"""A command with everything it needs in memory: bridge, control point, clock, typed lines, and what it printed."""

import asyncio
import io
import json
import os
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

from horizon_desktop.adapters.policy_files.policy_yaml import YamlPolicyFiles
from horizon_desktop.adapters.storage.care import SqlDatabaseCare
from horizon_desktop.bridge.checkup import Checkup, LocalCheckup
from horizon_desktop.bridge.control_desk import ControlDesk
from horizon_desktop.bridge.ephemeral_bridge import Bridge
from horizon_desktop.bridge.policy_desk import PolicyDesk
from horizon_desktop.bridge.views import DeviceInfo
from horizon_desktop.cli.doors import HubOptions, HubReady
from horizon_desktop.cli.report import JsonReport
from horizon_desktop.cli.typed_lines import TypedLines
from horizon_desktop.domain.collaboration.findings import HubOutcome, Server
from horizon_desktop.domain.instants import Instant
from horizon_desktop.main.configuration import ConfigurationPlaces, read_configuration
from horizon_desktop.ports.clock import Clock
from horizon_desktop.ports.configuration import LoadedConfiguration
from horizon_desktop.ports.control import ControlPoint
from horizon_desktop.ports.database_care import DatabaseCare
from horizon_desktop.services.doctor import Doctor
from tests.fakes.bridge import FakeBridge
from tests.fakes.clock import FakeClock
from tests.fakes.control import MemoryControlPoint
from tests.fakes.probes import FakeHubProbe, FakeUdpProbe

NOON = Instant(1_795_262_400_000)
DEADLINE_S = 10.0


class World:
    """Doors over fakes. Lines are typed with `type`, and what was printed is read from `events`."""

    def __init__(self) -> None:
        self.bridge: FakeBridge = FakeBridge(NOON)
        self.point = MemoryControlPoint()
        self._clock = FakeClock(NOON)
        self.out, self.err = io.StringIO(), io.StringIO()
        self.report = JsonReport(self._clock, self.out, self.err)
        reader, self._writer = os.pipe()
        self.lines = TypedLines(reader)
        self.hub_options: HubOptions | None = None
        self.policy_place = ""
        self.environment: dict[str, str] = {}
        self._places = ConfigurationPlaces()
        self.hub_probe = FakeHubProbe({"hub.example:7443": HubOutcome.REACHED})
        self.opened_with: list[tuple[str | None, bool]] = []

    @property
    def clock(self) -> Clock:
        return self._clock

    def run(self, main: Coroutine[Any, Any, int]) -> int:
        return asyncio.run(main)

    @asynccontextmanager
    async def _bridge(self) -> AsyncIterator[Bridge]:
        async with self.point.serve(ControlDesk(self.bridge).answer):
            yield self.bridge

    def open_bridge(
        self, profile: str | None, *, is_direct_allowed: bool = True
    ) -> AbstractAsyncContextManager[Bridge]:
        self.opened_with.append((profile, is_direct_allowed))
        return self._bridge()

    def policies(self, profile: str | None) -> PolicyDesk:
        return PolicyDesk(YamlPolicyFiles(), place=self.policy_place)

    def database(self, profile: str | None, url: str) -> DatabaseCare:
        return SqlDatabaseCare(url)

    def control(self, profile: str | None) -> ControlPoint:
        return self.point

    @asynccontextmanager
    async def _hub(self) -> AsyncIterator[HubReady]:
        yield HubReady(url="https://hub.example:7443", pin="ab" * 16)

    def open_hub(self, options: HubOptions) -> AbstractAsyncContextManager[HubReady]:
        self.hub_options = options
        return self._hub()

    def checkup(self, profile: str | None = None) -> Checkup:
        """On a LAN behind a cone NAT, with two STUN servers."""
        public = Server(host="198.51.100.9", port=50_000)
        servers = [Server(host=host, port=3478) for host in ("203.0.113.1", "203.0.113.2")]
        doctor = Doctor(
            hub_probe=self.hub_probe,
            udp_probe=FakeUdpProbe(
                {server.host: public for server in servers}, local=Server(host="192.168.1.7", port=50_000)
            ),
            read_addresses=lambda: ["192.168.1.7"],
            servers=servers,
        )
        return LocalCheckup(doctor, clock=self._clock, version="0", system="Linux")

    def configure(self, *, file: Path | None, options: tuple[str, ...]) -> None:
        self._places = ConfigurationPlaces(files=(file,) if file else (), options=options)

    def configuration(self) -> LoadedConfiguration:
        return read_configuration(self._places, self.environment)

    def configuration_in(self, file: Path) -> LoadedConfiguration:
        return read_configuration(ConfigurationPlaces(files=(file,)), {})

    def this_device(self, name: str) -> DeviceInfo:
        return DeviceInfo(name=name, device="box", system="Linux", version="0")

    def type(self, *lines: str) -> None:
        """Type lines, as a person or a pipe does."""
        os.write(self._writer, "".join(f"{line}\n" for line in lines).encode())

    def hang_up(self) -> None:
        """End the input."""
        os.close(self._writer)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.getvalue().splitlines()]

    def named(self, event: str) -> list[dict[str, Any]]:
        return [found for found in self.events if found["event"] == event]

    async def until(self, is_so: Callable[[], object]) -> None:
        """Wait until something is so; lines come from a thread, so turns of the loop alone do not do."""
        async with asyncio.timeout(DEADLINE_S):
            while not is_so():
                await asyncio.sleep(0.005)

    async def printed(self, event: str, count: int = 1) -> dict[str, Any]:
        """Wait for the count-th object of an event and return it."""
        await self.until(lambda: len(self.named(event)) >= count)
        return self.named(event)[count - 1]

    def asked(self, verb: str) -> list[tuple[object, ...]]:
        return [call for call in self.bridge.asked if call[0] == verb]
