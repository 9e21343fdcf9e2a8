"""Sessions in trouble: processes that go and come back, hubs that restart, access taken back, time running out."""

import socket
from pathlib import Path

import pytest

from horizon_desktop.adapters.system import SystemClock, SystemEntropy
from horizon_desktop.bridge.views import SessionView
from horizon_desktop.domain.access.capability import Role
from horizon_desktop.domain.events import (
    AccessChanged,
    ActionRefused,
    ChatSaid,
    CodeTried,
    HubChanged,
    LeaseExtended,
    LeaseWarning,
    LinkSilent,
    ParticipantJoined,
    PeerEntered,
    PeerGone,
    SessionEnded,
    WentReadOnly,
)
from horizon_desktop.errors import AccessRefused, InviteRefused, Unreachable
from horizon_desktop.main.hub import open_hub
from tests.end_to_end.company import DEVICE, Somebody, eventually, host_a_file, hub_url, open_text, somebody


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "train.py"
    path.write_text("import torch\n")
    return path


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


async def join(guest: Somebody, host: Somebody, link: str, code: str) -> SessionView:
    joined = await guest.bridge.join_ephemeral_session(link, code, DEVICE)
    await host.listener.until(PeerEntered)
    return joined


async def test_with_no_hub_named_the_hosts_own_hub_carries_the_session(tmp_path: Path, file: Path) -> None:
    async with somebody(tmp_path / "host") as host, somebody(tmp_path / "guest") as guest:
        session, invite = await host_a_file(host, file)
        assert session.is_hub_embedded
        assert invite.is_lan_only
        joined = await join(guest, host, invite.app_link, invite.code)
        text, file_id, epoch = await open_text(guest, joined.session_id)
        await guest.bridge.apply_edit(joined.session_id, file_id, epoch, text.splice(0, 0, "# lan\n"))
        await eventually(lambda: file.read_text() == "# lan\nimport torch\n", "the edit reaches the disk")


async def test_a_host_that_comes_back_finds_guests_texts_and_invites_as_they_were(tmp_path: Path, file: Path) -> None:
    async with hub_url(tmp_path / "hub") as url, somebody(tmp_path / "guest") as guest:
        async with somebody(tmp_path / "host") as host:
            session, invite = await host_a_file(host, file, hub=url, guests=2)
            joined = await join(guest, host, invite.app_link, invite.code)
            text, file_id, epoch = await open_text(guest, joined.session_id)
        await guest.bridge.apply_edit(joined.session_id, file_id, epoch, text.splice(0, 0, "# while away\n"))
        heard = len(guest.listener.heard)
        async with somebody(tmp_path / "host") as again:
            (interrupted,) = await again.bridge.sessions()
            assert interrupted.state == "interrupted"
            await again.bridge.resume_session(session.session_id)
            await again.listener.until(PeerEntered)
            await eventually(lambda: file.read_text() == "# while away\nimport torch\n", "edits made meanwhile arrive")
            same = await again.bridge.get_invite_url(session.session_id)
            assert (same.app_link, same.code, same.places_taken) == (invite.app_link, invite.code, 1)
            assert len(guest.listener.heard) > heard


async def test_a_guest_comes_back_on_the_same_device_without_a_code(tmp_path: Path, file: Path) -> None:
    async with hub_url(tmp_path / "hub") as url, somebody(tmp_path / "host") as host:
        _, invite = await host_a_file(host, file, hub=url)
        async with somebody(tmp_path / "guest") as guest:
            await join(guest, host, invite.app_link, invite.code)
        heard = len(host.listener.heard)
        async with somebody(tmp_path / "guest") as again:
            joined = await again.bridge.join_ephemeral_session(invite.app_link, "", DEVICE)
            text, file_id, epoch = await open_text(again, joined.session_id)
            await again.bridge.apply_edit(joined.session_id, file_id, epoch, text.splice(0, 0, "# back\n"))
            await eventually(lambda: file.read_text().startswith("# back\n"), "the guest works on")
        assert len(host.listener.heard) > heard


async def test_a_hub_that_restarts_costs_nothing(tmp_path: Path, file: Path) -> None:
    port = free_port()

    def hub() -> object:
        return open_hub(
            listen_host="127.0.0.1", port=port, data_dir=tmp_path / "hub", clock=SystemClock(), entropy=SystemEntropy()
        )

    async with somebody(tmp_path / "host") as host, somebody(tmp_path / "guest") as guest:
        async with hub() as first:  # type: ignore[attr-defined]
            session, invite = await host_a_file(host, file, hub=first.url)
            joined = await join(guest, host, invite.app_link, invite.code)
            text, file_id, epoch = await open_text(guest, joined.session_id)
        await guest.listener.until(HubChanged, lambda fact: not fact.is_connected)
        await guest.bridge.apply_edit(joined.session_id, file_id, epoch, text.splice(0, 0, "# no hub\n"))
        async with hub():  # type: ignore[attr-defined]
            await eventually(lambda: file.read_text() == "# no hub\nimport torch\n", "the edit arrives")
            assert (await host.bridge.session(session.session_id)).state == "open"


async def test_a_revoked_guest_is_out_and_cannot_come_back(tmp_path: Path, file: Path) -> None:
    async with (
        hub_url(tmp_path / "hub") as url,
        somebody(tmp_path / "host") as host,
        somebody(tmp_path / "guest") as guest,
    ):
        session, invite = await host_a_file(host, file, hub=url, guests=3)
        await join(guest, host, invite.app_link, invite.code)
        peer = (await guest.bridge.profile()).peer_id
        await host.bridge.revoke(session.session_id, peer)
        ended = await guest.listener.until(SessionEnded)
        assert ended.reason == "revoked"
        assert (await host.listener.until(PeerGone)).reason == "revoked"
        with pytest.raises((AccessRefused, InviteRefused)):
            await guest.bridge.join_ephemeral_session(invite.app_link, invite.code, DEVICE)


async def test_a_guest_made_observer_cannot_edit_any_more(tmp_path: Path, file: Path) -> None:
    async with (
        hub_url(tmp_path / "hub") as url,
        somebody(tmp_path / "host") as host,
        somebody(tmp_path / "guest") as guest,
    ):
        session, invite = await host_a_file(host, file, hub=url)
        joined = await join(guest, host, invite.app_link, invite.code)
        text, file_id, epoch = await open_text(guest, joined.session_id)
        peer = (await guest.bridge.profile()).peer_id
        await host.bridge.change_role(session.session_id, peer, Role.OBSERVER)
        changed = await guest.listener.until(AccessChanged)
        assert changed.role == "observer"
        with pytest.raises(AccessRefused):
            await guest.bridge.apply_edit(joined.session_id, file_id, epoch, text.splice(0, 0, "# no\n"))
        assert file.read_text() == "import torch\n"


async def test_a_session_warns_goes_read_only_and_ends_by_itself(tmp_path: Path, file: Path) -> None:
    async with (
        hub_url(tmp_path / "hub") as url,
        somebody(tmp_path / "host") as host,
        somebody(tmp_path / "guest") as guest,
    ):
        _, invite = await host_a_file(host, file, hub=url, length_s=10)
        await join(guest, host, invite.app_link, invite.code)
        for person in (host, guest):
            await person.listener.until(LeaseWarning, lambda fact: fact.level == "urgent")
            await person.listener.until(WentReadOnly)
            assert (await person.listener.until(SessionEnded)).reason == "expired"
        assert await host.bridge.sessions() == []
        assert await guest.bridge.sessions() == []


async def test_an_extension_reaches_the_guest_and_the_session_goes_on(tmp_path: Path, file: Path) -> None:
    async with (
        hub_url(tmp_path / "hub") as url,
        somebody(tmp_path / "host") as host,
        somebody(tmp_path / "guest") as guest,
    ):
        session, invite = await host_a_file(host, file, hub=url, length_s=12)
        await join(guest, host, invite.app_link, invite.code)
        await guest.listener.until(LeaseWarning)
        await host.bridge.extend(session.session_id, minutes=15)
        extended = await guest.listener.until(LeaseExtended)
        assert extended.expires_at == (await host.bridge.session(session.session_id)).expires_at
        text, file_id, epoch = await open_text(guest, session.session_id)
        await guest.bridge.apply_edit(session.session_id, file_id, epoch, text.splice(0, 0, "# longer\n"))
        await eventually(lambda: file.read_text().startswith("# longer\n"), "the guest works on")


async def test_who_joins_late_reads_the_chat_from_the_start(tmp_path: Path, file: Path) -> None:
    async with (
        hub_url(tmp_path / "hub") as url,
        somebody(tmp_path / "host") as host,
        somebody(tmp_path / "guest") as guest,
    ):
        session, invite = await host_a_file(host, file, hub=url)
        await host.bridge.say(session.session_id, "the spike is in line 7")
        await join(guest, host, invite.app_link, invite.code)
        said = await guest.listener.until(ChatSaid)
        assert said.text == "the spike is in line 7"


async def test_a_wrong_code_is_told_to_both_and_the_right_one_still_works(tmp_path: Path, file: Path) -> None:
    async with (
        hub_url(tmp_path / "hub") as url,
        somebody(tmp_path / "host") as host,
        somebody(tmp_path / "guest") as guest,
    ):
        _, invite = await host_a_file(host, file, hub=url)
        wrong = "0000-0000" if invite.code != "0000-0000" else "1000-0001"
        with pytest.raises(InviteRefused) as refused:
            await guest.bridge.join_ephemeral_session(invite.app_link, wrong, DEVICE)
        assert (refused.value.key, refused.value.values["n"]) == ("code.wrong", 4)
        assert (await host.listener.until(CodeTried)).tries_left == 4
        await join(guest, host, invite.app_link, invite.code)


async def test_an_invite_of_a_host_that_is_not_there_says_so(tmp_path: Path, file: Path) -> None:
    async with hub_url(tmp_path / "hub") as url, somebody(tmp_path / "guest") as guest:
        async with somebody(tmp_path / "host") as host:
            _, invite = await host_a_file(host, file, hub=url)
        with pytest.raises((AccessRefused, Unreachable)) as away:
            await guest.bridge.join_ephemeral_session(invite.app_link, invite.code, DEVICE)
        assert away.value.key == "host.away"


async def test_a_hub_that_is_not_there_says_so(tmp_path: Path, file: Path) -> None:
    async with somebody(tmp_path / "guest") as guest:
        async with hub_url(tmp_path / "hub") as url, somebody(tmp_path / "host") as host:
            _, invite = await host_a_file(host, file, hub=url)
        with pytest.raises(Unreachable) as silent:
            await guest.bridge.preview(invite.app_link)
        assert silent.value.key == "hub.unreachable"


async def test_a_guest_whose_process_is_gone_is_shown_as_away(tmp_path: Path, file: Path) -> None:
    async with hub_url(tmp_path / "hub") as url, somebody(tmp_path / "host") as host:
        session, invite = await host_a_file(host, file, hub=url)
        async with somebody(tmp_path / "guest") as guest:
            await join(guest, host, invite.app_link, invite.code)
        await host.listener.until(LinkSilent, lambda fact: fact.stage == "chip")
        people = await host.bridge.get_ephemeral_presence(session.session_id)
        assert [person.presence for person in people] == ["here", "away"]
        assert not [fact for fact in host.listener.heard if isinstance(fact, ActionRefused)]
        assert len([fact for fact in host.listener.heard if isinstance(fact, ParticipantJoined)]) == 1
