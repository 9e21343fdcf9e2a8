"""From Join pressed to the first shared text, on loopback, approval automatic (goal below 1 s; SPEC section 4)."""

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

import structlog

from horizon_desktop.adapters.system import SystemClock, SystemEntropy
from horizon_desktop.bridge.views import DeviceInfo, SessionSpec
from horizon_desktop.domain.collaboration.session import SessionType
from horizon_desktop.domain.events import FilesChanged
from horizon_desktop.main.hub import open_hub
from horizon_desktop.main.profile import Profile
from horizon_desktop.main.wiring import Choices, open_bridge

RUNS = 10
DEVICE = DeviceInfo(name="guest", device="laptop", system="Linux", version="0")


async def once(folder: Path, number: int, url: str, host_bridge: object, choices: Choices) -> tuple[float, float]:
    """Return the seconds of session creation and of joining, until the text is there."""
    file = folder / f"train{number}.py"
    file.write_text("import torch\n" * 400)
    spec = SessionSpec(session_type=SessionType.PAIR, title="bench", files=(file,), is_approval_asked=False, hub=url)
    started = time.perf_counter()
    session = await host_bridge.create_ephemeral_session(spec)  # type: ignore[attr-defined]
    created = time.perf_counter() - started
    invite = await host_bridge.get_invite_url(session.session_id)  # type: ignore[attr-defined]
    guest_profile = Profile(name="guest", folder=folder / f"guest{number}")
    async with open_bridge(guest_profile, choices) as guest:
        await guest.preview(invite.app_link)
        with guest.events() as facts:
            started = time.perf_counter()
            joined = await guest.join_ephemeral_session(invite.app_link, invite.code, DEVICE)
            async for fact in facts:
                if isinstance(fact, FilesChanged) and fact.files:
                    await guest.open_replica(joined.session_id, fact.files[0].file_id)
                    break
            took = time.perf_counter() - started
    await host_bridge.end_ephemeral_session(session.session_id)  # type: ignore[attr-defined]
    return created, took


async def main() -> None:
    """Print medians and the slowest run, with and without a direct path being tried."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    for is_direct_tried in (False, True):
        choices = Choices(is_direct_tried=is_direct_tried, is_loopback_linked=True)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            async with (
                open_hub(
                    listen_host="127.0.0.1",
                    port=0,
                    data_dir=folder / "hub",
                    clock=SystemClock(),
                    entropy=SystemEntropy(),
                ) as hub,
                open_bridge(Profile(name="host", folder=folder / "host"), choices) as host,
            ):
                runs = [await once(folder, number, hub.url, host, choices) for number in range(RUNS)]
        joins = [1000 * took for _, took in runs]
        creations = [1000 * created for created, _ in runs]
        path = "direct tried" if is_direct_tried else "relay only"
        sys.stdout.write(
            f"{path}: join to first text median {statistics.median(joins):.0f} ms, slowest {max(joins):.0f} ms; "
            f"session creation with hub registration median {statistics.median(creations):.1f} ms ({RUNS} runs, "
            "hub, host and guest in one process)\n"
        )


if __name__ == "__main__":
    asyncio.run(main())
