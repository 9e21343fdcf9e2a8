"""Attack 29: secrets in logs, arguments, environment, files or crash dumps of the processes that we start."""

import base64
import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from horizon_desktop.domain.access.invitation import parse_link
from tests.end_to_end.shells import Shell, wait_for

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
CANARY = "canary-9f41c2-text"


class Played:
    """Hub, host and guest after a whole session, each with its process still there."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        (folder / "train.py").write_text("x = 1\n", "utf-8")
        self.hub = stack.enter_context(
            Shell(folder / "hub-home", "hub", "--listen", "127.0.0.1:0", "--data", str(folder / "hub"), cwd=folder)
        )
        url = self.hub.expect("ready")["url"]
        self.host = stack.enter_context(
            Shell(folder / "host", "host", "--share", "train.py", "--approve", "ask", "--hub", url, cwd=folder)
        )
        invite = self.host.expect("invite")
        self.link, self.code = str(invite["link"]), str(invite["code"])
        self.guest = stack.enter_context(
            Shell(folder / "guest", "join", "-", "--name", "Maya", "--mirror", "d", cwd=folder)
        )
        self.guest.type(f"{self.link}\n{'0000-0000' if self.code != '0000-0000' else '53S6-6H57'}\n")
        assert self.guest.expect("error")["code"] == "code.wrong"
        self.guest.stop()
        self.guest = stack.enter_context(
            Shell(folder / "guest", "join", "-", "--name", "Maya", "--mirror", "d", cwd=folder)
        )
        self.guest.type(f"{self.link}\n{self.code}\n")
        self.host.expect("waiting")
        self.host.type("y\n")
        self.guest.expect("joined")
        mirror = folder / "d" / "train.py"
        wait_for(mirror.exists, "the file is mirrored")
        self.host.type(f"chat {CANARY}\n")
        self.guest.expect("chat")

    @property
    def shells(self) -> tuple[Shell, ...]:
        return (self.hub, self.host, self.guest)

    def kept_by_processes(self) -> list[Path]:
        """Return every file in the folders that are ours: profiles, hub data, databases, logs, sockets' locks."""
        homes = (self.folder / name for name in ("hub-home", "hub", "host", "guest"))
        return [path for home in homes for path in home.rglob("*") if path.is_file()]

    def secrets(self) -> dict[str, bytes]:
        """Return what nobody but its owner may ever find, by name."""
        parsed = parse_link(self.link)
        body = self.link.rsplit("/", 1)[1]
        seeds = {f"{who} seed": (self.folder / who / "device-key").read_bytes() for who in ("host", "guest")}
        return {
            "link body": body.encode(),
            "link secret": parsed.secret,
            "link secret, hexadecimal": parsed.secret.hex().encode(),
            "link secret, base64": base64.b64encode(parsed.secret)[:20],
            "code": self.code.encode(),
            "code without dash": self.code.replace("-", "").encode(),
            **seeds,
            **{f"{name}, hexadecimal": seed.hex().encode() for name, seed in seeds.items()},
        }


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    os.environ["HORIZON_LOG"] = "debug"
    try:
        with ExitStack() as stack:
            yield Played(tmp_path_factory.mktemp("canaries"), stack)
    finally:
        del os.environ["HORIZON_LOG"]


def _process_files(shell: Shell, name: str) -> bytes:
    """Return a /proc file of a shell's process and of every child it has."""
    pid = shell.process.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    return b"".join(Path(f"/proc/{each}/{name}").read_bytes() for each in (str(pid), *children))


@pytest.mark.parametrize("name", ["cmdline", "environ"])
def test_no_secret_is_in_arguments_or_environment(played: Played, name: str) -> None:
    seen = b"".join(_process_files(shell, name) for shell in played.shells)
    assert [secret for secret, value in played.secrets().items() if value in seen] == []


def test_no_secret_is_in_any_file_but_the_key_files(played: Played) -> None:
    found = []
    for path in played.kept_by_processes():
        data = path.read_bytes()
        for name, value in played.secrets().items():
            is_key_file = path.name == "device-key" and name == f"{path.parent.name} seed"
            if value in data and not is_key_file:
                found.append((name, str(path.relative_to(played.folder))))
    assert found == []


def test_the_logs_say_something_and_nothing_secret(played: Played) -> None:
    logs = [path for path in played.kept_by_processes() if path.suffix == ".log"]
    text = b"".join(path.read_bytes() for path in logs)
    assert b'"event"' in text
    assert CANARY.encode() not in text


def test_no_secret_is_on_stderr(played: Played) -> None:
    told = "".join(shell.errors for shell in played.shells).encode()
    assert [name for name, value in played.secrets().items() if value in told] == []


def test_every_process_leaves_no_core_dump(played: Played) -> None:
    for shell in played.shells:
        limits = Path(f"/proc/{shell.process.pid}/limits").read_text("ascii").splitlines()
        (core,) = [line for line in limits if line.startswith("Max core file size")]
        assert core.split()[4:6] == ["0", "0"]


def test_what_is_kept_is_owner_only(played: Played) -> None:
    homes = [played.folder / name for name in ("hub", "host", "guest")]
    folders = {home.name: home.stat().st_mode & 0o777 for home in homes}
    assert folders == {"hub": 0o700, "host": 0o700, "guest": 0o700}
    loose = [path for path in played.kept_by_processes() if path.stat().st_mode & 0o077 and path.suffix != ".crt"]
    assert loose == []


def test_the_hub_keeps_no_word_of_the_session(played: Played) -> None:
    kept = b"".join(path.read_bytes() for path in (played.folder / "hub").rglob("*") if path.is_file())
    assert CANARY.encode() not in kept and b"train.py" not in kept


def test_the_search_finds_what_is_there(played: Played) -> None:
    with closing(sqlite3.connect(played.folder / "host" / "horizon.db")) as database:
        (text,) = database.execute("SELECT text FROM chat_lines").fetchone()
    assert CANARY in text
    data = b"".join(path.read_bytes() for path in played.kept_by_processes())
    assert CANARY.encode() in data
