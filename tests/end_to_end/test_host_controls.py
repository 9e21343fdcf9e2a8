"""What a host chooses in the window reaches the guest: input that is paused, hours at which guests come in."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from horizon_desktop.bridge.usage_views import WindowSpec
from horizon_desktop.bridge.views import SessionSpec
from horizon_desktop.domain.collaboration.session import SessionType
from horizon_desktop.domain.events import AccessChanged, FileSaved, PeerEntered
from horizon_desktop.errors import AccessRefused
from tests.end_to_end.company import DEVICE, host_a_file, hub_url, open_text, somebody


async def test_a_paused_guest_reads_on_and_what_it_writes_goes_nowhere_until_input_goes_on(tmp_path: Path) -> None:
    file = tmp_path / "train.py"
    file.write_text("import torch\n")
    async with (
        hub_url(tmp_path / "hub") as url,
        somebody(tmp_path / "host") as host,
        somebody(tmp_path / "guest") as guest,
    ):
        session, invite = await host_a_file(host, file, hub=url)
        joined = await guest.bridge.join_ephemeral_session(invite.app_link, invite.code, DEVICE)
        await host.listener.until(PeerEntered)
        text, file_id, epoch = await open_text(guest, joined.session_id)
        heard = len(guest.listener.heard)
        paused = await host.bridge.pause_input(session.session_id, is_paused=True)
        assert paused.is_input_paused
        told = await guest.listener.until(AccessChanged, after=heard)
        assert (told.channels["edits"], told.channels["chat"]) == (1, 2)
        with pytest.raises(AccessRefused):
            await guest.bridge.apply_edit(joined.session_id, file_id, epoch, text.splice(0, 0, "# paused\n"))
        heard = len(guest.listener.heard)
        assert not (await host.bridge.pause_input(session.session_id, is_paused=False)).is_input_paused
        await guest.listener.until(AccessChanged, lambda fact: fact.channels["edits"] == 2, after=heard)
        text, file_id, epoch = await open_text(guest, joined.session_id)
        assert text.text() == "import torch\n"
        await guest.bridge.apply_edit(joined.session_id, file_id, epoch, text.splice(0, 0, "# again\n"))
        await host.listener.until(FileSaved)
        assert file.read_text() == "# again\nimport torch\n"


async def test_a_session_made_with_hours_lets_nobody_in_outside_them(tmp_path: Path) -> None:
    file = tmp_path / "train.py"
    file.write_text("import torch\n")
    now = datetime.now(UTC)
    start, end = (f"{now + timedelta(hours=ahead):%H:%M}" for ahead in (2, 3))
    hours = WindowSpec(name="night", start=start, end=end)
    spec = SessionSpec(
        session_type=SessionType.PAIR, title="Spike", files=(file,), is_approval_asked=False, hours=hours
    )
    async with (
        hub_url(tmp_path / "hub") as url,
        somebody(tmp_path / "host", hub=url) as host,
        somebody(tmp_path / "guest") as guest,
    ):
        session = await host.bridge.create_ephemeral_session(spec)
        assert session.hours == f"{start}-{end} UTC"
        invite = await host.bridge.get_invite_url(session.session_id)
        with pytest.raises(AccessRefused) as told:
            await guest.bridge.join_ephemeral_session(invite.app_link, invite.code, DEVICE)
        assert told.value.key == "window.closed"
        again = await host.bridge.create_ephemeral_session(spec)
        assert again.hours == session.hours
        assert len(await host.bridge.usage.windows()) == 1
