"""The product in a network laboratory: hub, host and guest by their commands, and a counted stream of edits."""

import json
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from tests.end_to_end.shells import Shell
from tests.network.lab_transfer import Transfer
from tests.network.natlab.natlab import Impairment, Lab, Site

ROOT: Final = Path(__file__).resolve().parents[2]
LOGS: Final = ROOT / "build" / "network"
FIGURES: Final = LOGS / "figures.jsonl"
STUN_PORT: Final = 19302
SECOND: Final = "second"
"""A host of this name in a topology has a second hub."""
EVERY_S: Final = 0.1
DEADLINE_S: Final = 90.0
"""For what has to happen at all; nothing is said about how fast."""


class LabShell(Shell):
    """A `horizon` command in a host of the laboratory."""

    def __init__(self, lab: Lab, where: str, home: Path, *words: str, cwd: Path) -> None:
        super().__init__(home, *words, cwd=cwd)
        self._command = lab.command(where, self._command)
        self._environment |= {"HORIZON_STUN": f"{lab.public_ip}:{STUN_PORT}", "HORIZON_LOG": "debug"}
        self._environment.pop("HORIZON_LOOPBACK_LINKS")
        self.word = words[0]


class Stream:
    """Somebody at one end who appends a numbered line ten times a second; the other end is where it must arrive."""

    def __init__(self, written: Path, arriving: Path) -> None:
        self._written = written
        self._arriving = arriving
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._write)
        self.sent = 0

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()

    def arrived(self) -> int:
        """Return how many lines are there, all of them in order and none twice."""
        lines = self._arriving.read_text().splitlines() if self._arriving.exists() else []
        expected = [str(number) for number in range(1, len(lines) + 1)]
        assert lines == expected, f"{self._arriving.name}: {_difference(lines, expected)}"
        return len(lines)

    def _write(self) -> None:
        while not self._over.wait(EVERY_S):
            with self._written.open("a") as file:
                file.write(f"{self.sent + 1}\n")
            self.sent += 1


def _difference(lines: list[str], expected: list[str]) -> str:
    at = next(place for place, pair in enumerate(zip(lines, expected, strict=True)) if pair[0] != pair[1])
    return f"line {at + 1} is {lines[at]!r}, around it {lines[max(0, at - 3) : at + 4]}"


class LabSession:
    """One laboratory and one session in it, ended with its block; what the processes said is kept when it fails.

    With IPv6 the hub is reached by it alone.

    `down.txt` is written by the host, `up.txt` by the guest, `both.txt` by both while they are apart.
    """

    def __init__(
        self,
        folder: Path,
        topology: str | list[Site],
        *,
        guest_words: tuple[str, ...] = (),
        impair: Mapping[str, Impairment] | None = None,
        has_ipv6: bool = False,
    ) -> None:
        self.folder = folder
        self.lab = Lab(topology, impair=dict(impair or {}), seed=1, ipv6=has_ipv6)
        self._has_ipv6 = has_ipv6
        self._guest_words = guest_words
        self._stack = ExitStack()
        self._shells: list[LabShell] = []
        self._has_failed = True
        self._urls: dict[str, str] = {}
        self.shared, self.mirror = folder / "shared", folder / "mirror"
        self.down = Stream(self.shared / "down.txt", self.mirror / "down.txt")
        self.up = Stream(self.mirror / "up.txt", self.shared / "up.txt")
        self._transfer: Transfer | None = None

    def __enter__(self) -> Self:
        with ExitStack() as opened:
            opened.callback(self._keep_logs)
            opened.enter_context(self.lab)
            stun = self.lab.start_stun()
            assert stun.stdout is not None
            opened.enter_context(stun.stdout)
            self.shared.mkdir()
            for name in ("down.txt", "up.txt", "both.txt"):
                (self.shared / name).write_text("")
            self._stack = opened
            self.hub = self.start_hub()
            if SECOND in self.lab.hosts:
                self.start_hub_at(SECOND, self.lab.addr(SECOND))
            self.host = self.start_host("--share", *sorted(map(str, self.shared.iterdir())))
            invite = self.host.expect("invite", within_s=DEADLINE_S)
            self.invite = self.folder / "invite"
            self.invite.write_text(f"{invite['link']}\n{invite['code']}\n")
            self.guest = self.start_guest()
            self._stack = opened.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.down.stop()
        self.up.stop()
        if self._transfer is not None:
            self._transfer.stop()
        self._has_failed = kind is not None
        self._stack.close()

    # --- programs ---
    def start_hub(self) -> LabShell:
        """Start the hub on the public host, with the key of the last time."""
        return self.start_hub_at("public", f"[{self.lab.addr6('public')}]" if self._has_ipv6 else self.lab.public_ip)

    def start_hub_at(self, where: str, address: str) -> LabShell:
        """Start a hub at a host of the laboratory; sessions are hosted at every one that was started before them."""
        words = ("hub", "--listen", f"{address}:443", "--data", str(self.folder / f"{where}-hub"))
        hub = self._start(where, f"{where}-hub-home", *words)
        self._urls[where] = hub.expect("ready", within_s=DEADLINE_S)["url"]
        return hub

    def start_host(self, *words: str) -> LabShell:
        """Start the host's program; `--resume` goes on with the session."""
        hubs = () if "--resume" in words else tuple(part for url in self._urls.values() for part in ("--hub", url))
        return self._start("host", "host-home", "host", *words, *hubs, "--approve", "auto")

    def start_guest(self) -> LabShell:
        """Start the guest's program; a guest who was in the session needs no code."""
        words = ("join", "--from", str(self.invite), "--name", "kestrel", "--mirror", str(self.mirror))
        guest = self._start("guest", "guest-home", *words, *self._guest_words)
        guest.expect("joined", within_s=DEADLINE_S)
        return guest

    def _start(self, where: str, home: str, *words: str) -> LabShell:
        shell = LabShell(self.lab, where, self.folder / home, *words, cwd=self.folder)
        self._shells.append(shell)
        return self._stack.enter_context(shell)

    # --- what is seen ---
    def start_streams(self) -> None:
        """Wait until the files are mirrored; then write at both ends, and see lines arrive at both."""
        names = ("down.txt", "up.txt", "both.txt")
        wait_until(lambda: all((self.mirror / name).exists() for name in names), "the files are mirrored")
        self.down.start()
        self.up.start()
        self.see_lines(5)

    def start_transfer(self, who: str = "guest") -> None:
        """Send some megabytes of bulk from the host or the guest, and then back; return when it has begun."""
        self._transfer = Transfer(self.folder / f"{who}-home")
        before = len(self.log(who, "measure.began"))
        wait_until(lambda: len(self.log(who, "measure.began")) > before, "the transfer begins")
        assert not self._transfer.is_over

    def see_transfer_whole(self) -> None:
        """Wait until the transfer is over: every byte came, both ways, and both ends have the same hash of them."""
        assert self._transfer is not None
        status, lines = self._transfer.wait()
        self._transfer = None
        ways = [(line["way"], line["is_whole"], line["bytes"] > 0) for line in lines]
        assert (status, ways) == (0, [("to", True, True), ("from", True, True)]), lines

    def see_transfer_lost(self) -> None:
        """Wait until the transfer was given up in plain words, nothing of it taken for whole; the next one is."""
        assert self._transfer is not None
        status, lines = self._transfer.wait()
        self._transfer = None
        assert status != 0 and lines[-1]["event"] == "error", lines

    def see_lines(self, count: int) -> float:
        """Wait until so many lines that are still to be written have arrived at both ends; return the seconds."""
        wanted = (self.down.sent + count, self.up.sent + count)
        began = time.monotonic()
        wait_until(
            lambda: self.down.arrived() >= wanted[0] and self.up.arrived() >= wanted[1],
            lambda: f"{count} more lines each way: {self.counts()}, wanted {wanted}",
        )
        return time.monotonic() - began

    def lags(self) -> tuple[float, float]:
        """Return the mean age in seconds of the newest line that has arrived, down and up, looked at for 5 s."""
        behind = []
        for _ in range(100):
            time.sleep(0.05)  # between two samples
            behind.append((self.down.sent - self.down.arrived(), self.up.sent - self.up.arrived()))
        down, up = zip(*behind, strict=True)
        return EVERY_S * sum(down) / len(down), EVERY_S * sum(up) / len(up)

    def counts(self) -> str:
        return f"down {self.down.arrived()} of {self.down.sent}, up {self.up.arrived()} of {self.up.sent}"

    def path(self) -> str:
        """Return the path that the guest was told of last."""
        paths = self.paths()
        return paths[-1] if paths else ""

    def paths(self) -> list[str]:
        """Return every path that the guest was told of."""
        return [line["path"] for line in self.guest.read() if line["event"] == "path"]

    def wait_for_path(self, path: str) -> float:
        """Wait until the guest's link takes this path; return the seconds."""
        return wait_until(lambda: self.path() == path, lambda: f"the path is {path}: {self.paths()}")

    def log(self, who: str, event: str) -> list[dict[str, Any]]:
        """Return the entries of one kind in the log of the host or the guest."""
        log = self.folder / f"{who}-home" / "horizon.log"
        entries = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
        return [entry for entry in entries if entry["event"] == event]

    def direct_paths(self) -> int:
        """Return how many direct paths the guest's programs have opened so far."""
        return len(self.log("guest", "direct.open"))

    def wait_for_another_direct_path(self, before: int) -> float:
        """Wait until the guest has opened more of them; return the seconds."""
        return wait_until(lambda: self.direct_paths() > before, lambda: f"a direct path after {before} of them")

    def see_that_no_hub_is_needed(self) -> None:
        """Take the hub's power away for good: lines still arrive, so it is the direct path that carries them."""
        if self._transfer is not None:
            self.see_transfer_whole()  # another path for bulk would want the STUN server, which goes with the hub
        self.lab.kill("public")
        self.see_lines(20)

    def edit_apart(self) -> None:
        """Write into one file at both ends, while neither can see the other."""
        with (self.mirror / "both.txt").open("a") as file:
            file.write("guest\n")
        with (self.shared / "both.txt").open("a") as file:
            file.write("host\n")

    def assert_nothing_is_lost_or_doubled(self, *, edited_apart: bool = False) -> None:
        """Stop writing; then both ends hold every line once, what was written apart is together, and bulk is whole."""
        if self._transfer is not None:
            self.see_transfer_whole()
        self.down.stop()
        self.up.stop()
        wait_until(
            lambda: self.down.arrived() == self.down.sent and self.up.arrived() == self.up.sent,
            lambda: f"everything arrives: {self.counts()}",
        )
        if edited_apart:
            ours, theirs = self.shared / "both.txt", self.mirror / "both.txt"
            wait_until(
                lambda: (
                    ours.read_text() == theirs.read_text() and sorted(ours.read_text().split()) == ["guest", "host"]
                ),
                lambda: f"one text: {ours.read_text()!r} and {theirs.read_text()!r}",
            )

    def note(self, name: str, **figures: float | str) -> None:
        """Write figures of this run for the table in docs/network.md."""
        LOGS.mkdir(parents=True, exist_ok=True)
        rounded = {key: round(value, 1) if isinstance(value, float) else value for key, value in figures.items()}
        with FIGURES.open("a") as file:
            file.write(json.dumps({"what": name, **rounded}) + "\n")

    def _keep_logs(self) -> None:
        if not self._has_failed:
            return
        kept = LOGS / self.folder.name
        shutil.rmtree(kept, ignore_errors=True)
        kept.mkdir(parents=True)
        for who in ("host-home", "guest-home"):
            log = self.folder / who / "horizon.log"
            if log.exists():
                shutil.copy(log, kept / f"{who}.log")
        for number, shell in enumerate(self._shells):
            said = "\n".join(json.dumps(line) for line in shell.read())
            (kept / f"{number}-{shell.word}.txt").write_text(f"{said}\n{shell.errors}\n")


def wait_until(is_true: Callable[[], bool], what: str | Callable[[], str]) -> float:
    """Look until it is true; return the seconds it took."""
    began = time.monotonic()
    while not is_true():
        if time.monotonic() - began > DEADLINE_S:
            raise AssertionError(what if isinstance(what, str) else what())
        time.sleep(0.05)
    return time.monotonic() - began
