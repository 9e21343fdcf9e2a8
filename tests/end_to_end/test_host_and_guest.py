"""A host and a guest work together over the relay: link, code, one file."""

import asyncio
from pathlib import Path

from horizon_desktop.adapters.system import SystemClock, SystemEntropy
from horizon_desktop.domain.collaboration.presence import Presence
from horizon_desktop.domain.events import (
    ChatSaid,
    DocumentUpdated,
    FileSaved,
    LeaseExtended,
    PathChanged,
    PeerEntered,
    PeerKnocked,
    SessionEnded,
)
from horizon_desktop.hub.server import Hub
from horizon_desktop.ports.hub_server import Page
from tests.end_to_end.company import DEVICE, eventually, host_a_file, hub_url, open_text, somebody
from tests.hub.people import open_test_hub


async def test_an_edit_of_the_guest_reaches_the_hosts_disk_and_the_other_way_round(tmp_path: Path) -> None:
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
        assert text.text() == "import torch\n"
        await guest.bridge.apply_edit(joined.session_id, file_id, epoch, text.splice(0, 0, "# by the guest\n"))
        await host.listener.until(FileSaved)
        assert file.read_text() == "# by the guest\nimport torch\n"

        ours, own_id, own_epoch = await open_text(host, session.session_id)
        heard = len(guest.listener.heard)
        await host.bridge.apply_edit(
            session.session_id, own_id, own_epoch, ours.splice(len(ours.text()), 0, "# by the host\n")
        )
        change = await guest.listener.until(DocumentUpdated, after=heard)
        text.apply(change.update)
        assert text.text() == "# by the guest\nimport torch\n# by the host\n"
        await eventually(lambda: file.read_text() == text.text(), "both texts reach the disk")


async def test_who_has_just_read_the_preview_joins_by_it(tmp_path: Path) -> None:
    """Fetching it once more would cost three round trips; the terms are compared with the host's in any case."""
    file = tmp_path / "notes.md"
    file.write_text("notes\n")
    asked: list[str] = []

    class CountingHub(Hub):
        def page(self, path: str, *, source: str) -> Page:
            asked.append(path)
            return super().page(path, source=source)

    async with (
        open_test_hub(tmp_path / "hub", clock=SystemClock(), entropy=SystemEntropy(), kind=CountingHub) as hub,
        somebody(tmp_path / "host") as host,
        somebody(tmp_path / "guest") as guest,
    ):
        _, invite = await host_a_file(host, file, hub=hub.url)
        await guest.bridge.preview(invite.app_link)
        await guest.bridge.join_ephemeral_session(invite.app_link, invite.code, DEVICE)
        await host.listener.until(PeerEntered)
    assert len(asked) == 1


async def test_a_guest_waits_until_the_host_lets_them_in_and_both_see_one_another(tmp_path: Path) -> None:
    file = tmp_path / "notes.md"
    file.write_text("notes\n")
    async with (
        hub_url(tmp_path / "hub") as url,
        somebody(tmp_path / "host") as host,
        somebody(tmp_path / "guest") as guest,
    ):
        session, invite = await host_a_file(host, file, hub=url, is_asked=True)
        async with asyncio.TaskGroup() as group:
            joining = group.create_task(guest.bridge.join_ephemeral_session(invite.app_link, invite.code, DEVICE))
            knock = await host.listener.until(PeerKnocked)
            waiting = await guest.listener.until(PeerKnocked)
            assert knock.pictures == waiting.pictures
            await host.bridge.admit(session.session_id, knock.peer_id)
        joined = joining.result()
        await host.listener.until(PeerEntered)
        people = await host.bridge.get_ephemeral_presence(session.session_id)
        assert [person.role for person in people] == ["host", "editor"]
        assert people[1].presence is Presence.HERE

        await guest.bridge.say(joined.session_id, "hello")
        said = await host.listener.until(ChatSaid)
        assert (said.name, said.text) == ("kestrel", "hello")

        await host.bridge.extend(session.session_id, minutes=15)
        await guest.listener.until(LeaseExtended)
        await host.bridge.end_ephemeral_session(session.session_id)
        ended = await guest.listener.until(SessionEnded)
        assert ended.reason == "host"
        assert await host.bridge.sessions() == []


async def test_the_path_moves_from_the_relay_to_direct_while_the_session_runs(tmp_path: Path) -> None:
    file = tmp_path / "train.py"
    file.write_text("import torch\n")
    async with (
        hub_url(tmp_path / "hub") as url,
        somebody(tmp_path / "host", is_direct_tried=True) as host,
        somebody(tmp_path / "guest", is_direct_tried=True) as guest,
    ):
        _, invite = await host_a_file(host, file, hub=url)
        joined = await guest.bridge.join_ephemeral_session(invite.app_link, invite.code, DEVICE)
        text, file_id, epoch = await open_text(guest, joined.session_id)
        assert (await guest.listener.until(PathChanged)).path == "relay"
        await guest.listener.until(PathChanged, lambda fact: fact.path == "direct")
        await host.listener.until(PathChanged, lambda fact: fact.path == "direct")
        await guest.bridge.apply_edit(joined.session_id, file_id, epoch, text.splice(0, 0, "# direct\n"))
        await eventually(lambda: file.read_text().startswith("# direct\n"), "an edit goes by the direct path")
