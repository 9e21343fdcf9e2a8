"""Where a process finds its policies, and that one with a fault keeps it from starting before anything is made."""

from pathlib import Path

import pytest

from horizon_desktop.errors import ConfigurationRefused
from horizon_desktop.main.policies import open_policies, open_policy_desk, policy_place
from horizon_desktop.main.profile import Profile
from horizon_desktop.main.wiring import Choices, open_bridge
from horizon_desktop.ports.configuration import Configuration

GOOD = """\
apiVersion: policy.horizon.dev/v1
kind: Policy
metadata: {name: nobody}
spec:
  principals: [{type: any}]
  resources: [{type: "*", pattern: "**"}]
  actions: ["*"]
  effect: deny
"""


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    return Profile(name="default", folder=tmp_path / "profile")


def folder_of(profile: Profile, text: str) -> Path:
    folder = profile.folder / "policies"
    folder.mkdir(parents=True)
    (folder / "a.yaml").write_text(text, encoding="utf-8")
    return folder


def test_without_any_the_built_in_policies_are_in_force(profile: Profile) -> None:
    assert policy_place(profile, "") == ""
    assert open_policies(profile, "").is_default
    assert open_policies(None, "").is_default


def test_the_folder_of_the_profile_is_read_and_the_configuration_wins_over_it(profile: Profile) -> None:
    folder = folder_of(profile, GOOD)
    held = open_policies(profile, "")
    assert (held.source, [policy.name for policy in held.held.policies]) == (str(folder), ["nobody"])
    assert not held.is_default
    assert policy_place(profile, "/srv/policies") == "/srv/policies"
    assert policy_place(None, "/srv/policies") == "/srv/policies"


async def test_a_broken_file_refuses_the_start_in_words_before_anything_is_made(profile: Profile) -> None:
    folder = folder_of(profile, GOOD.replace("effect", "efect"))
    with pytest.raises(ConfigurationRefused) as refusal:
        async with open_bridge(profile):
            pass
    assert refusal.value.key == "policy.broken"
    assert refusal.value.exit_status == 2
    assert f"{folder}/a.yaml:8: spec.efect: unknown key" in str(refusal.value.values["why"])
    assert [path.name for path in profile.folder.iterdir()] == ["policies"]
    assert open_policy_desk(profile, "").place == str(folder)  # the command that finds the fault still works


async def test_an_empty_folder_is_refused_too_for_nothing_at_all_would_be_allowed(profile: Profile) -> None:
    (profile.folder / "policies").mkdir(parents=True)
    with pytest.raises(ConfigurationRefused) as refusal:
        open_policies(profile, "")
    assert "nothing at all would be allowed" in str(refusal.value)


async def test_a_place_that_is_not_there_is_refused(profile: Profile) -> None:
    choices = Choices(configuration=Configuration(policies="/nowhere/at/all"))
    with pytest.raises(ConfigurationRefused):
        async with open_bridge(profile, choices):
            pass
