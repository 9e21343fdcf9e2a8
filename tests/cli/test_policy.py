"""`horizon policy`: whether policies can be used, why a request is decided so, and what a guest could do."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from horizon_desktop.cli.app import make_app
from tests.cli.command_world import World

OFFICE = """\
apiVersion: policy.horizon.dev/v1
kind: Policy
metadata:
  name: hosts
spec:
  principals: [{type: role, value: host}]
  resources: [{type: session, pattern: "sessions/*"}]
  actions: [session.create, session.extend]
  effect: allow
  conditions:
    - length: {lte: 2h}
---
apiVersion: policy.horizon.dev/v1
kind: Policy
metadata:
  name: office-hours
  reason: Guests come in during office hours.
spec:
  principals: [{type: role, value: guest}]
  resources:
    - {type: invite, pattern: "sessions/*/invites"}
    - {type: channel, pattern: "sessions/*/channels/*"}
  actions: [invite.redeem, channel.open]
  effect: allow
  conditions:
    - time: {timeOfDay: {from: "08:00", to: "18:00", zone: Europe/Berlin}}
"""
Outcome = tuple[int, str]
Command = Callable[..., Outcome]


@pytest.fixture
def policy(world: World) -> Command:
    def run(*arguments: str) -> Outcome:
        result = CliRunner().invoke(make_app(world), ["policy", *arguments])
        return result.exit_code, result.output

    return run


@pytest.fixture
def office(tmp_path: Path) -> str:
    path = tmp_path / "office.yaml"
    path.write_text(OFFICE, encoding="utf-8")
    return str(path)


def objects(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def test_good_policies_are_said_to_be_good(policy: Command, office: str) -> None:
    assert policy("check", office) == (0, "2 policies in 1 file: good.\n")


def test_what_is_wrong_is_told_with_its_place_and_the_status_is_2(policy: Command, tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(OFFICE.replace("lte", "lt_e"), encoding="utf-8")
    status, output = policy("check", str(path))
    assert status == 2
    assert f"{path}:11: spec.conditions[0].length: unknown operator 'lt_e'" in output.replace("\n", "")
    (problem, summary) = objects(policy("check", str(path), "--json")[1])
    assert (problem["line"], problem["where"], problem["nearest"]) == (11, "spec.conditions[0].length", "lte")
    assert summary["problems"] == 1


def test_what_has_no_effect_is_doubted(policy: Command, tmp_path: Path) -> None:
    path = tmp_path / "typo.yaml"
    path.write_text(OFFICE.replace("session.extend", "session.extent").replace("length:", "lenght:"), encoding="utf-8")
    status, output = policy("check", str(path))
    assert status == 0
    assert "no gate asks about `session.extent`; did you mean `session.extend`?" in output
    assert "no gate of these actions knows `lenght`, so it is always missing; did you mean `length`?" in output


def test_without_policies_the_built_in_ones_are_named(policy: Command) -> None:
    assert "the built-in ones are in force" in policy("check")[1]


def asked(place: str, length: str) -> tuple[str, ...]:
    who = ("--principal", "role:host", "--resource", "session:sessions/pair")
    return ("explain", "--policies", place, "--action", "session.create", *who, "--attr", f"length={length}")


def test_a_verdict_comes_with_its_reason_and_the_nearest_allow(policy: Command, office: str) -> None:
    assert policy(*asked(office, "3600"))[0] == 0
    status, output = policy(*asked(office, "9000"))
    assert status == 3
    assert "policy hosts allows it only where the session's length is at most 2 h" in output
    assert "spec.conditions[0].length.lte" in output
    (verdict,) = objects(policy(*asked(office, "9000"), "--json")[1])
    assert verdict["misses"][0]["found"] == "the session's length: 150 min"


@pytest.mark.parametrize(
    "arguments",
    [
        ("--action", "a.b", "--principal", "role", "--resource", "x:y"),
        ("--action", "a.b", "--principal", "rolle:x", "--resource", "x:y"),
        ("--action", "a.b", "--principal", "role:x", "--resource", "xy"),
        ("--action", "a.b", "--principal", "role:x", "--resource", "x:y", "--attr", "length"),
        ("--action", "a.b", "--principal", "role:x", "--resource", "x:y", "--attr", "time=noon"),
    ],
)
def test_a_request_that_is_none_is_refused_in_words(policy: Command, arguments: tuple[str, ...]) -> None:
    status, output = policy("explain", *arguments)
    assert status == 2
    assert "is wanted" in output


def test_the_simulation_tells_a_guests_hours_before_the_invite_is_sent(policy: Command, office: str) -> None:
    status, output = policy("simulate", "--policies", office, "--zone", "Europe/Berlin")
    assert status == 0
    assert "Coming in: every day 08:00-18:00 (Europe/Berlin): Guests come in during office hours" in output
    assert "Extending it: up to 2 h in all." in output
    assert "Channel edits: use every day 08:00-18:00 (Europe/Berlin)" in output
    answers = objects(policy("simulate", "--policies", office, "--channel", "chat=off", "--json")[1])
    assert {answer["subject"]: answer["possible"] for answer in answers[1:]}["chat"] is False


def test_a_simulation_in_which_nobody_could_come_in_ends_with_status_3(policy: Command, office: str) -> None:
    status, output = policy("simulate", "--policies", office, "--ttl", "3h")
    assert status == 3
    assert "Opening the session: never: policy hosts allows it only where" in output.replace("\n", " ")


def test_broken_policies_are_told_and_nothing_is_simulated(policy: Command, world: World, tmp_path: Path) -> None:
    world.policy_place = str(tmp_path / "gone")
    status, output = policy("simulate")
    assert status == 2
    assert "The policies can't be used." in output
    assert "invited" not in output


def test_templates_and_the_built_in_policies_can_be_printed_and_checked(policy: Command, tmp_path: Path) -> None:
    names = policy("template")[1].split()
    assert len(names) == 5
    for name in names:
        path = tmp_path / f"{name}.yaml"
        path.write_text(policy("template", name)[1], encoding="utf-8")
        assert policy("check", str(path))[0] == 0
    status, output = policy("template", "nothing")
    assert status == 2
    assert "There is no template nothing" in output


def test_policies_generated_from_a_session_allow_it_and_nothing_beyond_it(policy: Command, tmp_path: Path) -> None:
    path = tmp_path / "generated.yaml"
    wish = ("--type", "pair", "--role", "editor", "--ttl", "2h", "--guests", "3", "--channel", "chat=off")
    path.write_text(policy("generate", *wish)[1], encoding="utf-8")
    status, output = policy("check", str(path))
    assert status == 0
    assert output.endswith(": good.\n")
    assert "no gate" not in output  # every word of it has an effect
    status, output = policy("simulate", "--policies", str(path), *wish)
    assert status == 0
    assert "Coming in: always." in output
    assert "Extending it: never" in output
    assert "Channel edits: use always." in output
    for more in (("--ttl", "3h"), ("--guests", "4"), ("--role", "operator"), ("--channel", "chat=use")):
        assert policy("simulate", "--policies", str(path), *wish, *more)[0] == 3
    assert policy("simulate", "--policies", str(path), "--type", "review")[0] == 3
    assert policy("generate", "--ttl", "400h")[0] == 2
