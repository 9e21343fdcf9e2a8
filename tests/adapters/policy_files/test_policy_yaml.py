"""Policy files: the specification's sample, every fault with its place and nearest name, folders, and writing back."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from horizon_desktop.adapters.policy_files.policy_yaml import YamlPolicyFiles
from horizon_desktop.adapters.policy_files.strict_yaml import read_documents
from horizon_desktop.domain.access.policy import Policy
from horizon_desktop.domain.access.policy_defaults import DEFAULT_POLICIES
from horizon_desktop.domain.access.policy_document import read_policy
from horizon_desktop.domain.access.policy_engine import PolicySet
from horizon_desktop.domain.access.policy_gates import doubts
from tests.domain.access.policy_world import asked, policies

SAMPLE = """\
apiVersion: policy.horizon.dev/v1
kind: Policy
metadata:
  name: gpu-access
spec:
  principals:
    - type: role
      value: gpu-user
  resources:
    - type: job
      pattern: "jobs/*"
  actions: ["read", "execute"]
  effect: allow
"""
TEMPLATES = {"ephemeral-quota-access", "ephemeral-identity-access", "bounty-pool-access", "ephemeral-federated-access"}


def write(folder: Path, text: str, name: str = "a.yaml") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def problems(folder: Path, text: str) -> list[str]:
    reading = YamlPolicyFiles().read(write(folder, text))
    return [problem.text.replace(f"{folder}/", "") for problem in reading.problems]


def test_the_sample_of_the_specification_reads_and_decides(tmp_path: Path) -> None:
    reading = YamlPolicyFiles().read(write(tmp_path, SAMPLE))
    assert reading.problems == ()
    held = PolicySet(reading.policies)
    user = asked("execute", role="gpu-user", resource=("job", "jobs/7"))
    assert held.decide(user).is_allowed
    assert not held.decide(asked("execute", role="guest", resource=("job", "jobs/7"))).is_allowed
    assert not held.decide(asked("delete", role="gpu-user", resource=("job", "jobs/7"))).is_allowed


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("effect: allow", "efect: allow", "a.yaml:13: spec.efect: unknown key 'efect'; known are"),
        ("effect: allow", "efect: allow", "Did you mean `effect`?"),
        ("effect: allow", "efect: allow", "spec: `effect` is missing"),
        ("effect: allow", "effect: permit", "a.yaml:13: spec.effect: unknown word 'permit'; known are allow, deny"),
        ("policy.horizon.dev/v1", "policy.horizon.dev/v2", "a.yaml:1: apiVersion: `policy.horizon.dev/v1` is wanted"),
        ("kind: Policy", "kind: Polizei", "a.yaml:2: kind: `Policy` is wanted, got 'Polizei'"),
        ("name: gpu-access", "name: 'gpu access'", "a.yaml:4: metadata.name: letters, digits"),
        ("name: gpu-access", "name: 7", "metadata.name"),
        ("type: role", "type: rolle", "a.yaml:7: spec.principals[0].type: unknown word 'rolle'"),
        ("type: role", "type: rolle", "Did you mean `role`?"),
        ("value: gpu-user", "value: [a]", "a.yaml:8: spec.principals[0].value: a text of 1 to 256 characters"),
        ('pattern: "jobs/*"', "pattern: ''", "a.yaml:11: spec.resources[0].pattern: a text of 1 to 256"),
        ('["read", "execute"]', "[]", "a.yaml:12: spec.actions: a list of 1 to 64 is wanted, got []"),
        ('["read", "execute"]', '["Read It"]', "a.yaml:12: spec.actions[0]: words with dots"),
        ("effect: allow", "effect: allow\n  conditions: 8", "spec.conditions: a list of 1 to 64 is wanted, got 8"),
    ],
)
def test_every_fault_is_told_with_line_place_and_nearest_name(tmp_path: Path, old: str, new: str, told: str) -> None:
    found = problems(tmp_path, SAMPLE.replace(old, new))
    assert any(told in problem for problem in found), found


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("risk: {riskAtMst: low}", "conditions[0].risk: unknown operator 'riskAtMst'"),
        ("risk: {riskAtMst: low}", "Did you mean `riskAtMost`?"),
        ("risk: {riskAtMost: none}", "conditions[0].risk.riskAtMost: one of low, medium, high, critical"),
        ("gpus: {lte: many}", "conditions[0].gpus.lte: a number or a duration (30m, 8h, 1d) is wanted, got 'many'"),
        ("gpus: {lte: true}", "conditions[0].gpus.lte: a number or a duration"),
        ("gpus: 8", "conditions[0].gpus: an operator with its value is wanted, got 8"),
        ("ip: {cidr: 10.0.0.1/8}", "conditions[0].ip.cidr: '10.0.0.1/8' is no network"),
        ("ip: {cidr: [10.0.0.0/8, x]}", "conditions[0].ip.cidr[1]: 'x' is no network"),
        ("role: {in: [a, 1]}", "conditions[0].role.in[1]: every value of a list must be of one kind"),
        ("role: {in: a}", "conditions[0].role.in: a list of 1 to 256 values is wanted"),
        ("time: {timeOfDay: ['8:00', '20:00']}", "timeOfDay.from: a time of day like \"08:00\" is wanted, got '8:00'"),
        ("time: {timeOfDay: ['08:00', '25:00']}", "timeOfDay.to: a time of day"),
        ("time: {timeOfDay: ['08:00', '08:00']}", "nothing would lie within"),
        ("time: {timeOfDay: {from: '08:00', to: '09:00', zone: Berlin}}", "'Berlin' is no time zone"),
        ("time: {timeOfDay: {from: '08:00', to: '09:00', zone: ../../etc/passwd}}", "is no time zone"),
        ("time: {dayOfWeek: [monday]}", "a list of mon, tue, wed, thu, fri, sat, sun is wanted"),
        ("{a: {eq: 1}, b: {eq: 1}}", "one attribute with its operators, allOf, anyOf or not is wanted"),
        ("anyOf: []", "conditions[0].anyOf: a list of 1 to 64 is wanted"),
        ("not: [a]", "conditions[0].not: one attribute with its operators"),
        ("Bad-Name: {eq: 1}", "is no name of an attribute"),
        ("not: {not: {not: {not: {not: {a: {eq: 1}}}}}}", "conditions lie at most 4 deep"),
    ],
)
def test_a_wrong_condition_says_what_is_wanted(tmp_path: Path, condition: str, told: str) -> None:
    found = problems(tmp_path, f"{SAMPLE}  conditions:\n    - {condition}\n")
    assert any(told in problem for problem in found), found
    assert all(problem.startswith("a.yaml:15: ") for problem in found), found


def test_a_folder_is_read_whole_and_names_are_taken_once(tmp_path: Path) -> None:
    write(tmp_path, SAMPLE, "b.yaml")
    write(tmp_path, SAMPLE, "c.yml")
    write(tmp_path, "not: read\n", ".hidden.yaml")
    write(tmp_path, "not read", "notes.txt")
    reading = YamlPolicyFiles().read(str(tmp_path))
    assert [Path(name).name for name in reading.files] == ["b.yaml", "c.yml"]
    (problem,) = reading.problems
    assert problem.where == "metadata.name"
    assert f"{tmp_path}/b.yaml:4 has it" in problem.words


def test_what_cannot_be_read_is_a_problem_and_no_crash(tmp_path: Path) -> None:
    files = YamlPolicyFiles()
    (missing,) = files.read(str(tmp_path / "gone.yaml")).problems
    assert "cannot be read" in missing.text
    (empty,) = files.read(str(tmp_path)).problems
    assert "no policy in it" in empty.text
    (wild,) = files.read("/dev/null").problems
    assert "neither a file nor a folder" in wild.text or "cannot be read" in wild.text


@pytest.mark.parametrize("document", ["- a\n", "word\n", "8\n", "a: 1\n", "spec: []\nkind: {}\n"])
def test_a_document_that_is_no_policy_is_told_so(tmp_path: Path, document: str) -> None:
    assert problems(tmp_path, document)


@settings(max_examples=150, deadline=None)
@given(st.lists(policies, min_size=1, max_size=4))
def test_what_is_written_reads_as_the_same_policies(drawn: list[Policy]) -> None:
    text = YamlPolicyFiles().write(drawn)
    read = [read_policy(document.data) for document in read_documents(text.encode())]
    assert [faults for _, faults in read] == [()] * len(drawn)
    assert [policy for policy, _ in read] == drawn


def test_the_default_policies_can_be_written_out_and_changed(tmp_path: Path) -> None:
    reading = YamlPolicyFiles().read(write(tmp_path, YamlPolicyFiles().write(DEFAULT_POLICIES)))
    assert reading.problems == ()
    assert reading.policies == DEFAULT_POLICIES


def test_the_four_templates_come_with_the_product_and_hold_nothing_without_effect(tmp_path: Path) -> None:
    files = YamlPolicyFiles()
    templates = files.templates()
    assert set(templates) == TEMPLATES
    for name, text in templates.items():
        write(tmp_path, text, f"{name}.yaml")
    reading = files.read(str(tmp_path))
    assert reading.problems == ()
    assert [(policy.name, doubts(policy)) for policy in reading.policies if doubts(policy)] == []
