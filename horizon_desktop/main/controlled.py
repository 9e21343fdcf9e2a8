"""A profile's one running process: window or command line, with its bridge, and where others of the profile ask it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from horizon_desktop.adapters.control import SocketControlPoint
from horizon_desktop.bridge.control_desk import ControlDesk
from horizon_desktop.bridge.in_process import EphemeralBridge
from horizon_desktop.main.profile import Profile
from horizon_desktop.main.wiring import Choices, open_bridge


@asynccontextmanager
async def open_controlled_bridge(profile: Profile, choices: Choices) -> AsyncIterator[EphemeralBridge]:
    """Be the process of this profile for the time of the block, and open its bridge.

    Raises:
        UsageError: another process runs in this profile (`profile.busy`), or its folder is not ours alone.
        SecretUnavailable, StoreUnavailable: the profile cannot be opened.
    """
    desk = ControlDesk()
    async with SocketControlPoint(profile.folder).serve(desk.answer), open_bridge(profile, choices) as bridge:
        desk.attach(bridge)
        yield bridge
