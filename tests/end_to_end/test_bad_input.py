"""Wrong things that people do, at the real command and over real sockets: a clear error, and nobody loses anything."""

import asyncio
import base64
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path

import pytest

from horizon_desktop.bridge.views import DeviceInfo, SessionSpec
from horizon_desktop.domain.collaboration.session import SessionType
from horizon_desktop.domain.events import ChatSaid, PathChanged, PeerEntered
from horizon_desktop.domain.ids import FileId
from horizon_desktop.errors import HorizonError, InviteRefused
from tests.end_to_end.company import DEVICE, Somebody, eventually, host_a_file, hub_url, open_text, somebody
from tests.end_to_end.shells import DEADLINE_S, Shell


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "train.py"
    path.write_text("import torch\n")
    return path


def of_another_version(link: str) -> str:
    """Return an app link as a later release would write it."""
    head, _, body = link.rpartition("/")
    raw = bytearray(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    raw[0] += 1
    return f"{head}/{base64.urlsafe_b64encode(raw).decode().rstrip('=')}"


async def join_as(guest: Somebody, name: str, link: str, code: str) -> str:
    """Return "in", or the key of what refused it."""
    device = DeviceInfo(name=name, device="laptop", system="Linux", version="0.1.0")
    try:
        await guest.bridge.join_ephemeral_session(link, code, device)
    except HorizonError as refused:
        return refused.key
    return "in"


async def entered(host: Somebody, name: str) -> None:
    await host.listener.until(PeerEntered, lambda fact: fact.participant.name == name)


async def test_six_guests_at_once_over_sockets_fill_the_five_places(tmp_path: Path, file: Path) -> None:
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(hub_url(tmp_path / "hub"))
        host = await stack.enter_async_context(somebody(tmp_path / "host"))
        guests = [await stack.enter_async_context(somebody(tmp_path / f"guest{number}")) for number in range(6)]
        session, invite = await host_a_file(host, file, hub=url, guests=5)
        async with asyncio.TaskGroup() as group:
            joining = [
                group.create_task(join_as(guest, f"guest {number}", invite.app_link, invite.code))
                for number, guest in enumerate(guests)
            ]
        outcomes = sorted(task.result() for task in joining)
        assert outcomes[1:] == ["in"] * 5 or outcomes[:5] == ["in"] * 5
        assert {outcome for outcome in outcomes if outcome != "in"} <= {"invite.full", "invite.used"}
        for number, task in enumerate(joining):
            if task.result() == "in":
                await entered(host, f"guest {number}")
        people = await host.bridge.get_ephemeral_presence(session.session_id)
        assert len(people) == 6


async def test_a_link_of_a_later_version_says_so_before_anything_is_sent(tmp_path: Path, file: Path) -> None:
    async with (
        hub_url(tmp_path / "hub") as url,
        somebody(tmp_path / "host") as host,
        somebody(tmp_path / "guest") as guest,
    ):
        _, invite = await host_a_file(host, file, hub=url)
        with pytest.raises(InviteRefused) as refused:
            await guest.bridge.join_ephemeral_session(of_another_version(invite.app_link), invite.code, DEVICE)
        assert refused.value.key == "invite.version"


async def test_with_the_relay_off_the_work_travels_by_the_direct_path_alone(tmp_path: Path, file: Path) -> None:
    async with (
        hub_url(tmp_path / "hub") as url,
        somebody(tmp_path / "host", is_direct_tried=True) as host,
        somebody(tmp_path / "guest", is_direct_tried=True) as guest,
    ):
        spec = SessionSpec(
            session_type=SessionType.PAIR,
            title="Direct only",
            files=(file,),
            length_s=3600,
            guests=1,
            is_approval_asked=False,
            is_relay_allowed=False,
            hub=url,
        )
        session = await host.bridge.create_ephemeral_session(spec)
        invite = await host.bridge.get_invite_url(session.session_id)
        joined = await guest.bridge.join_ephemeral_session(invite.app_link, invite.code, DEVICE)
        await guest.listener.until(PathChanged, lambda fact: fact.path == "direct")
        text, file_id, epoch = await open_text(guest, joined.session_id)
        await guest.bridge.apply_edit(joined.session_id, FileId(file_id), epoch, text.splice(0, 0, "# direct\n"))
        await eventually(lambda: file.read_text().startswith("# direct\n"), "the edit reaches the disk")


async def test_with_the_relay_off_and_no_direct_path_nothing_but_control_passes(tmp_path: Path, file: Path) -> None:
    async with (
        hub_url(tmp_path / "hub") as url,
        somebody(tmp_path / "host") as host,
        somebody(tmp_path / "guest") as guest,
    ):
        spec = SessionSpec(
            session_type=SessionType.PAIR,
            title="Direct only",
            files=(file,),
            length_s=3600,
            guests=1,
            is_approval_asked=False,
            is_relay_allowed=False,
            hub=url,
        )
        session = await host.bridge.create_ephemeral_session(spec)
        invite = await host.bridge.get_invite_url(session.session_id)
        joined = await guest.bridge.join_ephemeral_session(invite.app_link, invite.code, DEVICE)
        await host.listener.until(PeerEntered)
        async with asyncio.TaskGroup() as group:
            saying = group.create_task(_said(guest, joined.session_id))
            extended = await host.bridge.extend(session.session_id, minutes=15)
            await _until_end_is(guest, joined.session_id, extended.expires_at.ms)
            assert not [fact for fact in host.listener.heard if isinstance(fact, ChatSaid)]
            saying.cancel()


async def _said(guest: Somebody, session_id: str) -> None:
    try:
        await guest.bridge.say(session_id, "by relay")
    except HorizonError:
        return


async def _until_end_is(guest: Somebody, session_id: str, end_ms: int) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while (await guest.bridge.session(session_id)).expires_at.ms != end_ms:
            await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    ("content", "key"),
    [(b"x" * (2 * 1024 * 1024 + 1), "file.big"), (b"\x00\x01\x02\xff", "file.binary"), (None, "file.vanished")],
    ids=["huge", "binary", "gone"],
)
def test_a_file_that_cannot_be_shared_ends_the_command_with_its_reason(
    tmp_path: Path, stack: ExitStack, content: bytes | None, key: str
) -> None:
    if content is not None:
        (tmp_path / "data.bin").write_bytes(content)
    host = stack.enter_context(Shell(tmp_path / "host", "host", "--share", "data.bin", cwd=tmp_path))
    assert host.expect("error")["code"] == key
    assert host.process.wait(timeout=DEADLINE_S) == 2
    assert content is None or (tmp_path / "data.bin").read_bytes() == content
    assert not [line for line in host.read() if line["event"] in {"session", "invite"}]


def test_a_hub_that_nobody_runs_ends_the_command_with_status_4(tmp_path: Path, stack: ExitStack) -> None:
    (tmp_path / "train.py").write_text("import torch\n")
    words = ("host", "--share", "train.py", "--hub", "https://127.0.0.1:9")
    host = stack.enter_context(Shell(tmp_path / "host", *words, cwd=tmp_path))
    assert host.expect("error")["code"] == "hub.unreachable"
    assert host.process.wait(timeout=DEADLINE_S) == 4


def test_two_presses_of_ctrl_c_end_a_host_all_the_same(tmp_path: Path, stack: ExitStack) -> None:
    (tmp_path / "train.py").write_text("import torch\n")
    host = stack.enter_context(Shell(tmp_path / "host", "host", "--share", "train.py", cwd=tmp_path))
    host.expect("invite")
    host.process.send_signal(2)
    assert host.stop() in {0, 130}
    assert "Traceback" not in host.errors
