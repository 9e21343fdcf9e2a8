"""Shared names are relative, unlike one another, and tell no more of the host's disk than they must."""

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from horizon_desktop.domain.collaboration.mirror_paths import mirror_parts
from horizon_desktop.domain.collaboration.shared_paths import common_root, path_key, shared_path

ROOT = PurePosixPath("/home/ada/project")


def path(text: str) -> PurePosixPath:
    return PurePosixPath(text)


@pytest.mark.parametrize(
    ("paths", "root"),
    [
        (["/home/ada/a.py"], "/home/ada"),
        (["/home/ada/src/a.py", "/home/ada/tests/b.py"], "/home/ada"),
        (["/home/ada/src/a.py", "/home/ada/src"], "/home/ada"),
        (["/home/ada/a.py", "/srv/b.py"], None),
    ],
)
def test_the_common_root_is_the_deepest_folder_of_all_but_never_the_whole_disk(
    paths: list[str], root: str | None
) -> None:
    assert common_root([path(text) for text in paths]) == (path(root) if root else None)


def test_a_name_is_the_path_inside_the_root() -> None:
    file = ROOT / "src/net.py"
    assert shared_path(file, top=file, root=ROOT, taken=()) == "src/net.py"


def test_a_file_from_elsewhere_shows_its_own_name_only() -> None:
    file = path("/srv/secret-client/data.csv")
    assert shared_path(file, top=file, root=ROOT, taken=()) == "data.csv"


def test_a_folder_from_elsewhere_shows_what_is_in_it() -> None:
    file = path("/srv/client/data/jan/1.csv")
    assert shared_path(file, top=path("/srv/client/data"), root=ROOT, taken=()) == "data/jan/1.csv"


def test_a_taken_name_gets_folders_in_front_and_at_last_a_number() -> None:
    file = path("/one/two/a.py")
    assert shared_path(file, top=file, root=None, taken={"a.py"}) == "two/a.py"
    assert shared_path(file, top=file, root=None, taken={"a.py", "two/a.py", "one/two/a.py"}) == "a (2).py"


def test_names_that_differ_in_case_or_in_composed_letters_count_as_one() -> None:
    assert path_key("Größe.TXT") == path_key("gro\u0308ße.txt")


PARTS = st.text(min_size=1, max_size=12).filter(
    lambda part: "/" not in part and part not in {".", ".."} and "\0" not in part
)


@given(st.lists(PARTS, min_size=1, max_size=4), st.lists(PARTS, min_size=1, max_size=4))
def test_shared_names_are_relative_plain_and_different(one: list[str], other: list[str]) -> None:
    first, second = path("/top").joinpath(*one), path("/top").joinpath(*other)
    name = shared_path(first, top=first, root=path("/top"), taken=())
    again = shared_path(second, top=second, root=path("/top"), taken={path_key(name)})
    assert name and again
    assert path_key(name) != path_key(again)
    for shown in (name, again):
        assert not shown.startswith("/")
        assert "\\" not in shown


def test_an_ordinary_shared_name_passes_the_mirrors_check() -> None:
    assert mirror_parts("src/größe 😀.py") == ("src", "größe 😀.py")
