"""Profiles: a folder of their own, and names that cannot leave it."""

from pathlib import Path

import pytest

from horizon_desktop.errors import UsageError
from horizon_desktop.main.profile import find_profile


def test_the_home_variable_names_the_default_profiles_folder(tmp_path: Path) -> None:
    assert find_profile(None, {"HORIZON_HOME": str(tmp_path)}).folder == tmp_path


def test_a_named_profile_has_a_folder_of_its_own(tmp_path: Path) -> None:
    profile = find_profile("work", {"HORIZON_HOME": str(tmp_path)})
    assert (profile.name, profile.folder) == ("work", tmp_path / "profiles" / "work")


def test_without_the_variable_profiles_live_in_the_users_data_folder() -> None:
    assert find_profile(None, {}).folder != find_profile("work", {}).folder
    assert find_profile("work", {}).folder.is_absolute()


@pytest.mark.parametrize("name", ["..", "../x", "a/b", " ", "x" * 33, "a\x00", "-x", "C:"])
def test_a_name_that_could_leave_the_folder_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        find_profile(name, {"HORIZON_HOME": str(tmp_path)})
