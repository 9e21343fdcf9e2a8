"""Which files a process reads, and that one without any file or variable loads nothing to say so."""

import subprocess
import sys
from pathlib import Path

from horizon_desktop.main.configuration import configuration_of, find_places
from horizon_desktop.ports.configuration import Configuration


def test_the_files_of_the_home_folder_are_read_in_their_order(tmp_path: Path) -> None:
    for name in ("horizon.json", "horizon.toml", "other.toml"):
        (tmp_path / name).write_text("{}" if name.endswith("json") else "")
    (tmp_path / "secrets").mkdir()
    places = find_places({"HORIZON_HOME": str(tmp_path)})
    assert places.files == (tmp_path / "horizon.toml", tmp_path / "horizon.json")
    assert places.secrets == tmp_path / "secrets"


def test_a_named_file_is_read_alone_and_an_option_wins_over_the_variable(tmp_path: Path) -> None:
    (tmp_path / "horizon.toml").write_text("")
    environment = {"HORIZON_HOME": str(tmp_path), "HORIZON_CONFIG": "/etc/horizon.toml"}
    assert find_places(environment).files == (Path("/etc/horizon.toml"),)
    assert find_places(environment, file=Path("/srv/h.yaml")).files == (Path("/srv/h.yaml"),)


def test_what_is_set_is_found(tmp_path: Path) -> None:
    (tmp_path / "horizon.toml").write_text("[features]\nchat = false\n")
    environment = {"HORIZON_HOME": str(tmp_path), "HORIZON_WORKERS__KEEP_HOURS": "7"}
    found = configuration_of(find_places(environment, options=("network.hub=https://hub.example",)), environment)
    assert found.features.off == {"chat"}
    assert (found.workers.keep_hours, found.network.hub) == (7, "https://hub.example")


def test_where_nothing_is_set_nothing_heavy_is_loaded(tmp_path: Path) -> None:
    assert configuration_of(find_places({"HORIZON_HOME": str(tmp_path)}), {}) == Configuration()
    source = (
        "import sys; from horizon_desktop.main.configuration import *; "
        f"configuration_of(find_places({{'HORIZON_HOME': {str(tmp_path)!r}}}), {{}}); print('pydantic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
