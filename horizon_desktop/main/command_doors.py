"""Composes what the command line needs, and runs it."""

import asyncio
import gc
import os
import platform
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import structlog
from typer.main import get_command

from horizon_desktop.adapters.control import SocketControlPoint
from horizon_desktop.adapters.system import SystemClock, SystemEntropy
from horizon_desktop.bridge.checkup import Checkup
from horizon_desktop.bridge.ephemeral_bridge import Bridge
from horizon_desktop.bridge.policy_desk import PolicyDesk
from horizon_desktop.bridge.views import DeviceInfo
from horizon_desktop.cli.app import make_app
from horizon_desktop.cli.doors import HubOptions, HubReady
from horizon_desktop.cli.texts import note, sentence
from horizon_desktop.domain.plain_text import plain_name
from horizon_desktop.main.configuration import ConfigurationPlaces, configuration_of, find_places, read_configuration
from horizon_desktop.main.hardening import leave_no_core_dumps
from horizon_desktop.main.logs import log_to_file, log_to_stderr
from horizon_desktop.main.profile import find_profile
from horizon_desktop.ports.clock import Clock
from horizon_desktop.ports.configuration import LoadedConfiguration
from horizon_desktop.ports.control import ControlPoint
from horizon_desktop.ports.database_care import DatabaseCare
from horizon_desktop.version import __version__

LOOPBACK_VARIABLE: Final = "HORIZON_LOOPBACK_LINKS"
"""1: links may name this machine only, for two profiles on one machine without a network."""
MAX_DEVICE_CHARACTERS: Final = 40
_GC_THRESHOLDS: Final = (10_000, 20, 50)
"""Python looks for circles of garbage after 700 new objects: a tenth of a hub's time. Ours are few and wait."""
SYSTEM_CONGESTION: Final = "system"


class CommandDoors:
    """The command line's Doors over the real thing. What is heavy is imported when it is needed."""

    def __init__(self) -> None:
        self._clock = SystemClock()
        self._file: Path | None = None
        self._options: tuple[str, ...] = ()

    @property
    def clock(self) -> Clock:
        return self._clock

    def configure(self, *, file: Path | None, options: tuple[str, ...]) -> None:
        self._file, self._options = file, options

    def configuration(self) -> LoadedConfiguration:
        return read_configuration(find_places(file=self._file, options=self._options))

    def configuration_in(self, file: Path) -> LoadedConfiguration:
        return read_configuration(ConfigurationPlaces(files=(file,)), environment={})

    def run(self, main: Coroutine[Any, Any, int]) -> int:
        """Run on uvloop where there is one."""
        gc.freeze()
        gc.set_threshold(*_GC_THRESHOLDS)
        gc.enable()
        if sys.platform == "win32":
            return asyncio.run(main)
        import uvloop  # noqa: PLC0415  (not on Windows)

        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(main)

    @asynccontextmanager
    async def _bridge(self, profile: str | None, *, is_direct_allowed: bool) -> AsyncIterator[Bridge]:
        from horizon_desktop.main.controlled import open_controlled_bridge  # noqa: PLC0415  (heavy)
        from horizon_desktop.main.stun import stun_servers  # noqa: PLC0415
        from horizon_desktop.main.wiring import Choices  # noqa: PLC0415

        found = find_profile(profile)
        configuration = configuration_of(find_places(file=self._file, options=self._options))
        choices = Choices(
            is_direct_tried=is_direct_allowed and configuration.network.is_direct_tried,
            hub=configuration.network.hub,
            is_loopback_linked=configuration.network.is_loopback_linked or os.environ.get(LOOPBACK_VARIABLE) == "1",
            stun=stun_servers(os.environ, configured=configuration.network.stun),
            configuration=configuration,
        )
        log_to_file(found.log)
        async with open_controlled_bridge(found, choices) as bridge:
            yield bridge

    def open_bridge(
        self, profile: str | None, *, is_direct_allowed: bool = True
    ) -> AbstractAsyncContextManager[Bridge]:
        return self._bridge(profile, is_direct_allowed=is_direct_allowed)

    def control(self, profile: str | None) -> ControlPoint:
        return SocketControlPoint(find_profile(profile).folder)

    def open_hub(self, options: HubOptions) -> AbstractAsyncContextManager[HubReady]:
        return self._hub(options)

    @asynccontextmanager
    async def _hub(self, options: HubOptions) -> AsyncIterator[HubReady]:
        from horizon_desktop.domain.collaboration.reach import parse_listen  # noqa: PLC0415
        from horizon_desktop.hub.server import HubPolicy  # noqa: PLC0415
        from horizon_desktop.main.hub import open_hub, read_host_keys  # noqa: PLC0415  (heavy)
        from horizon_desktop.main.policies import open_policies  # noqa: PLC0415
        from horizon_desktop.services.hub_gate import HubGate  # noqa: PLC0415

        log_to_stderr()
        policies = open_policies(None, configuration_of(find_places(file=self._file, options=self._options)).policies)
        host, port = parse_listen(options.listen)
        gate = HubGate(policies, clock=self._clock)
        policy = HubPolicy(host_keys=await read_host_keys(options.host_keys), gate=gate)
        async with open_hub(
            listen_host=host,
            port=port,
            data_dir=options.data,
            clock=self._clock,
            entropy=SystemEntropy(),
            policy=policy,
            public_url=options.public_url,
            certificate=options.certificate,
            private_key=options.private_key,
            congestion="" if options.congestion == SYSTEM_CONGESTION else options.congestion,
        ) as hub:
            yield HubReady(url=hub.url, pin=hub.pin.hex())

    def checkup(self, profile: str | None = None) -> Checkup:
        from horizon_desktop.main.doctor import make_checkup  # noqa: PLC0415  (heavy)
        from horizon_desktop.main.stun import stun_servers  # noqa: PLC0415

        network = configuration_of(find_places(file=self._file, options=self._options)).network
        stun = stun_servers(os.environ, configured=network.stun)
        return make_checkup(find_profile(profile), network, stun, clock=self._clock)

    def policies(self, profile: str | None) -> PolicyDesk:
        from horizon_desktop.main.policies import open_policy_desk  # noqa: PLC0415  (YAML)

        configured = configuration_of(find_places(file=self._file, options=self._options)).policies
        return open_policy_desk(find_profile(profile), configured)

    def database(self, profile: str | None, url: str) -> DatabaseCare:
        from horizon_desktop.adapters.storage.care import SqlDatabaseCare  # noqa: PLC0415  (alembic)
        from horizon_desktop.adapters.storage.place import place_of  # noqa: PLC0415  (SQLAlchemy)
        from horizon_desktop.main.profile_database import seal_of_profile  # noqa: PLC0415  (keyring)

        found = find_profile(profile)
        where = url or configuration_of(find_places(file=self._file, options=self._options)).database.url
        is_own = not where or place_of(where).path == found.database
        return SqlDatabaseCare(found.database, seal=seal_of_profile(found)) if is_own else SqlDatabaseCare(where)

    def this_device(self, name: str) -> DeviceInfo:
        return DeviceInfo(
            name=name,
            device=plain_name(platform.node(), most_characters=MAX_DEVICE_CHARACTERS) or "computer",
            system=f"{platform.system()} {platform.release()}",
            version=__version__,
        )


def tell_in_one_sentence(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Log what nobody foresaw, with its trace, and tell the person one sentence; the exit status is 1."""
    structlog.get_logger(__name__).error("program.failed", exc_info=(kind, error, trace))
    sys.stderr.write(f"{sentence('internal')} {note('log')}\n")


def run_command() -> None:
    """Run `horizon` and leave with its exit status."""
    leave_no_core_dumps()
    log_to_stderr()
    sys.excepthook = tell_in_one_sentence
    get_command(make_app(CommandDoors()))()  # not the app itself, which would put its own hook in place of ours
