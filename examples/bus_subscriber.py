"""Listen to the facts of a profile: every event is a typed value, and `match` sees which."""

import asyncio
import sys
import tempfile
from pathlib import Path

from horizon_desktop.bridge.views import SessionSpec
from horizon_desktop.domain.collaboration.session import SessionType
from horizon_desktop.domain.events import InvitationCreated, LeaseExtended, SessionCreated, SessionEnded
from horizon_desktop.main.profile import Profile
from horizon_desktop.main.wiring import Choices, open_bridge


async def main(folder: Path) -> None:
    """Open, extend and end a session, and print what the bus says of it."""
    file = folder / "notes.md"
    file.write_text("# Notes\n")
    async with open_bridge(Profile(name="host", folder=folder / "host"), Choices(is_loopback_linked=True)) as bridge:
        with bridge.events() as facts:
            spec = SessionSpec(session_type=SessionType.REVIEW, title="Example", files=(file,))
            session = await bridge.create_ephemeral_session(spec)
            await bridge.extend(session.session_id, minutes=15)
            await bridge.end_ephemeral_session(session.session_id)
            async for fact in facts:
                match fact:
                    case SessionCreated():
                        sys.stdout.write(f"a {fact.session_type} session was created\n")
                    case InvitationCreated():
                        sys.stdout.write(f"an invitation was created; it ends at {fact.expires_at.iso()}\n")
                    case LeaseExtended():
                        sys.stdout.write(f"the session now ends at {fact.expires_at.iso()}\n")
                    case SessionEnded():
                        sys.stdout.write(f"the session was ended by the {fact.reason}\n")
                        return


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        asyncio.run(main(Path(name)))
