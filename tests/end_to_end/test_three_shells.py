"""Hub, host and guest in three shells without a window: an edit on either side reaches the other's file."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.end_to_end.shells import DEADLINE_S, Shell, wait_for


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


def start_hub(stack: ExitStack, folder: Path) -> str:
    hub = stack.enter_context(
        Shell(folder / "hub-home", "hub", "--listen", "127.0.0.1:0", "--data", str(folder / "hub"), cwd=folder)
    )
    url: str = hub.expect("ready")["url"]
    return url


def start_host(stack: ExitStack, folder: Path, *words: str) -> tuple[Shell, Path]:
    """Share train.py; return the shell, and a file that holds link and code."""
    (folder / "train.py").write_text("import torch\n")
    host = stack.enter_context(
        Shell(folder / "host", "host", "--share", "train.py", "--approve", "auto", *words, cwd=folder)
    )
    invite = host.expect("invite")
    given = folder / "invite"
    given.write_text(f"{invite['link']}\n{invite['code']}\n")
    return host, given


def start_guest(stack: ExitStack, folder: Path, invite: Path, *words: str) -> Shell:
    return stack.enter_context(
        Shell(folder / "guest", "join", "--from", str(invite), "--name", "kestrel", "--mirror", "d", *words, cwd=folder)
    )


@pytest.mark.parametrize("way", ["direct", "relay"])
@pytest.mark.parametrize("whose", ["hub", "embedded"])
def test_an_edit_in_the_mirror_is_in_the_hosts_file_and_the_other_way_round(
    tmp_path: Path, stack: ExitStack, way: str, whose: str
) -> None:
    at_hub = ("--hub", start_hub(stack, tmp_path)) if whose == "hub" else ()
    host, invite = start_host(stack, tmp_path, *at_hub)
    guest = start_guest(stack, tmp_path, invite, *(("--no-p2p",) if way == "relay" else ()))
    guest.expect("joined")
    guest.expect("path", lambda line: line["path"] == way)
    ours, theirs = tmp_path / "train.py", tmp_path / "d" / "train.py"
    wait_for(lambda: theirs.exists() and theirs.read_text() == "import torch\n", "the file is mirrored")

    theirs.write_text("import torch\n# guest\n")
    wait_for(lambda: ours.read_text() == "import torch\n# guest\n", "the guest's edit is in the host's file")
    ours.write_text("# host\nimport torch\n# guest\n")
    wait_for(lambda: theirs.read_text() == "# host\nimport torch\n# guest\n", "the host's edit is in the mirror")
    assert host.expect("saved")["file"] == "train.py"
    assert guest.stop() == 0
    host.expect("left")
    assert host.stop() == 0
    assert host.expect("ended")["reason"] == "host"


def test_a_host_that_was_killed_goes_on_with_its_session(tmp_path: Path, stack: ExitStack) -> None:
    url = start_hub(stack, tmp_path)
    host, invite = start_host(stack, tmp_path, "--hub", url)
    guest = start_guest(stack, tmp_path, invite)
    guest.expect("joined")
    ours, theirs = tmp_path / "train.py", tmp_path / "d" / "train.py"
    wait_for(theirs.exists, "the file is mirrored")
    host.kill()
    theirs.write_text("import torch\n# while the host was away\n")
    again = stack.enter_context(Shell(tmp_path / "host", "host", "--resume", "--approve", "auto", cwd=tmp_path))
    again.expect("session", lambda line: line["session_id"] == host.expect("session")["session_id"])
    wait_for(lambda: "while the host was away" in ours.read_text(), "the edit made meanwhile arrives")
    ours.write_text(ours.read_text() + "# back\n")
    wait_for(lambda: "# back" in theirs.read_text(), "the host's edit reaches the guest")


def test_a_guest_that_was_killed_comes_back_without_a_code(tmp_path: Path, stack: ExitStack) -> None:
    url = start_hub(stack, tmp_path)
    _, invite = start_host(stack, tmp_path, "--hub", url)
    guest = start_guest(stack, tmp_path, invite)
    guest.expect("joined")
    ours, theirs = tmp_path / "train.py", tmp_path / "d" / "train.py"
    wait_for(theirs.exists, "the file is mirrored")
    guest.kill()
    ours.write_text("import torch\n# meanwhile\n")
    invite.write_text(invite.read_text().splitlines()[0] + "\n")
    again = start_guest(stack, tmp_path, invite)
    again.expect("joined")
    wait_for(lambda: "# meanwhile" in theirs.read_text(), "what was missed arrives")
    theirs.write_text(theirs.read_text() + "# again\n")
    wait_for(lambda: "# again" in ours.read_text(), "the guest works on")


def test_the_host_is_asked_and_answers_at_the_keyboard(tmp_path: Path, stack: ExitStack) -> None:
    (tmp_path / "train.py").write_text("import torch\n")
    host = stack.enter_context(Shell(tmp_path / "host", "host", "--share", "train.py", cwd=tmp_path))
    offered = host.expect("invite")
    given = tmp_path / "invite"
    given.write_text(f"{offered['link']}\n{offered['code']}\n")
    guest = start_guest(stack, tmp_path, given)
    knock = host.expect("waiting")
    assert guest.expect("waiting")["pictures"] == knock["pictures"]
    host.type(f"observer {knock['peer_id'][:8]}\n")
    assert guest.expect("joined", lambda line: line["name"] == "kestrel")["role"] == "observer"
    mine = tmp_path / "d" / "train.py"
    wait_for(mine.exists, "the file is mirrored")
    mine.write_text("import torch\n# not allowed\n")
    wait_for((tmp_path / "d" / "train.py.mine").exists, "a viewer's edit goes to a file beside")
    assert (tmp_path / "train.py").read_text() == "import torch\n"


def test_a_wrong_code_ends_with_status_3_and_one_sentence(tmp_path: Path, stack: ExitStack) -> None:
    _, invite = start_host(stack, tmp_path)
    link, code = invite.read_text().splitlines()
    swapped = "1000-000E" if code.startswith("0") else "0000-0000"
    invite.write_text(f"{link}\n{swapped}\n")
    guest = start_guest(stack, tmp_path, invite)
    assert guest.expect("error")["code"] in {"code.wrong", "code.typo"}
    assert guest.process.wait(timeout=20) in {2, 3}


def test_a_file_in_the_mirrors_way_is_kept_and_said_and_the_guest_may_come_back(
    tmp_path: Path, stack: ExitStack
) -> None:
    url = start_hub(stack, tmp_path)
    _, invite = start_host(stack, tmp_path, "--hub", url)
    theirs = tmp_path / "d" / "train.py"
    theirs.parent.mkdir()
    theirs.write_text("my own work\n")
    guest = start_guest(stack, tmp_path, invite)
    assert guest.expect("error")["code"] == "file.differs"
    assert guest.expect("ended")["reason"] == "mirror"
    assert guest.process.wait(timeout=DEADLINE_S) == 3
    assert theirs.read_text() == "my own work\n"
    theirs.rename(tmp_path / "aside.py")
    invite.write_text(invite.read_text().splitlines()[0] + "\n")
    again = start_guest(stack, tmp_path, invite)
    again.expect("joined")
    wait_for(lambda: theirs.exists() and "import torch" in theirs.read_text(), "the file is mirrored")
