"""A host and a guest in one program: a session, its link and code, one edit that reaches the host's file."""

import asyncio
import sys
import tempfile
from pathlib import Path

from horizon_desktop.adapters.documents.replica import PycrdtReplicas
from horizon_desktop.bridge.views import DeviceInfo, SessionSpec
from horizon_desktop.domain.collaboration.session import SessionType
from horizon_desktop.domain.events import FileSaved, FilesChanged
from horizon_desktop.main.profile import Profile
from horizon_desktop.main.wiring import Choices, open_bridge

MAYA = DeviceInfo(name="Maya", device="laptop", system="Linux", version="example")


async def main(folder: Path) -> None:
    """Share a file with nobody's approval but the code's, and let the guest write its first line."""
    file = folder / "train.py"
    file.write_text("import torch\n")
    choices = Choices(is_loopback_linked=True)
    async with (
        open_bridge(Profile(name="host", folder=folder / "host"), choices) as host,
        open_bridge(Profile(name="maya", folder=folder / "maya"), choices) as maya,
    ):
        spec = SessionSpec(session_type=SessionType.PAIR, title="Example", files=(file,), is_approval_asked=False)
        session = await host.create_ephemeral_session(spec)
        invite = await host.get_invite_url(session.session_id)
        with host.events() as at_host, maya.events() as at_maya:
            joined = await maya.join_ephemeral_session(invite.app_link, invite.code, MAYA)
            async for fact in at_maya:
                if isinstance(fact, FilesChanged) and fact.files:
                    break
            seed = await maya.open_replica(joined.session_id, fact.files[0].file_id)
            text = PycrdtReplicas().load(seed.client_id, seed.state)
            await maya.apply_edit(joined.session_id, seed.file_id, seed.epoch, text.splice(0, 0, "# Maya was here\n"))
            async for fact in at_host:
                if isinstance(fact, FileSaved):
                    break
        await host.end_ephemeral_session(session.session_id)
    sys.stdout.write(file.read_text())


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        asyncio.run(main(Path(name)))
