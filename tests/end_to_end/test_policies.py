"""Policies at the real command: a guest outside the hours is refused in words, a long session is not opened."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.end_to_end.shells import DEADLINE_S, Shell

POLICIES = """\
apiVersion: policy.horizon.dev/v1
kind: Policy
metadata: {{name: hosts, reason: Sessions last up to 5 hours here.}}
spec:
  principals: [{{type: role, value: host}}]
  resources: [{{type: session, pattern: "sessions/*"}}, {{type: invite, pattern: "sessions/*/invites"}}]
  actions: [session.create, session.extend, invite.create]
  effect: allow
  conditions: [{{length: {{lte: 5h}}}}]
---
apiVersion: policy.horizon.dev/v1
kind: Policy
metadata: {{name: guests}}
spec:
  principals: [{{type: role, value: guest}}]
  resources: [{{type: "*", pattern: "sessions/**"}}]
  actions: [invite.redeem, channel.open]
  effect: allow
  conditions: [{{time: {{timeOfDay: ["{opens:02}:00", "{closes:02}:00"]}}}}]
"""


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


def keep_policies(folder: Path, *, opens_in_h: int) -> None:
    """Let guests into sessions of this profile for three hours, from the beginning of an hour on."""
    opens = (datetime.now(UTC).hour + opens_in_h) % 24
    (folder / "host" / "policies").mkdir(parents=True)
    text = POLICIES.format(opens=opens, closes=(opens + 3) % 24)
    (folder / "host" / "policies" / "office.yaml").write_text(text, encoding="utf-8")
    (folder / "train.py").write_text("import torch\n")


def start_host(stack: ExitStack, folder: Path) -> Path:
    host = stack.enter_context(
        Shell(folder / "host", "host", "--share", "train.py", "--approve", "auto", "--ttl", "5h", cwd=folder)
    )
    invite = host.expect("invite")
    given = folder / "invite"
    given.write_text(f"{invite['link']}\n{invite['code']}\n")
    return given


def test_a_guest_before_the_hours_reads_when_to_come(tmp_path: Path, stack: ExitStack) -> None:
    keep_policies(tmp_path, opens_in_h=2)
    invite = start_host(stack, tmp_path)
    guest = stack.enter_context(
        Shell(tmp_path / "guest", "join", "--from", str(invite), "--name", "kestrel", cwd=tmp_path)
    )
    error = guest.expect("error")
    assert error["code"] == "policy.hours"
    assert "let guests in at certain hours only. Try again in" in error["message"]
    assert guest.process.wait(DEADLINE_S) == 3


def test_a_guest_within_the_hours_comes_in(tmp_path: Path, stack: ExitStack) -> None:
    keep_policies(tmp_path, opens_in_h=-1)
    invite = start_host(stack, tmp_path)
    guest = stack.enter_context(
        Shell(tmp_path / "guest", "join", "--from", str(invite), "--name", "kestrel", cwd=tmp_path)
    )
    guest.expect("joined")


def test_a_session_that_a_policy_forbids_is_not_opened_and_the_reason_is_told(tmp_path: Path, stack: ExitStack) -> None:
    keep_policies(tmp_path, opens_in_h=-1)
    host = stack.enter_context(Shell(tmp_path / "host", "host", "--share", "train.py", "--ttl", "6h", cwd=tmp_path))
    error = host.expect("error")
    assert error["code"] == "policy.denied"
    assert "Sessions last up to 5 hours here" in error["message"]
    assert host.process.wait(DEADLINE_S) == 3
