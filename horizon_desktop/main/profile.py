"""Profiles: each has its own folder with its key, database, hub and control socket."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec
from platformdirs import user_data_path

from horizon_desktop.errors import UsageError

DEFAULT_PROFILE: Final = "default"
HOME_VARIABLE: Final = "HORIZON_HOME"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}", re.ASCII)


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """Where one profile keeps what it has. Nothing is made by naming it."""

    name: str
    folder: Path

    @property
    def database(self) -> Path:
        return self.folder / "horizon.db"

    @property
    def hub_data(self) -> Path:
        """Key, certificate and port of the embedded hub."""
        return self.folder / "hub"

    @property
    def proxy(self) -> Path:
        """The HTTP proxy that its owner chose."""
        return self.folder / "proxy"

    @property
    def log(self) -> Path:
        return self.folder / "horizon.log"


def find_profile(name: str | None, environment: Mapping[str, str] = os.environ) -> Profile:
    """Return the profile of that name below HORIZON_HOME, or below the user's data folder.

    Raises:
        UsageError: the name is not 1 to 32 letters, digits, - and _ (`profile.name`).
    """
    chosen = name or DEFAULT_PROFILE
    if not _NAME.fullmatch(chosen):
        raise UsageError(f"a profile name has 1 to 32 letters, digits, - or _, got {chosen!r}", code="profile.name")
    home = environment.get(HOME_VARIABLE, "")
    root = Path(home).expanduser().absolute() if home else user_data_path("horizon-desktop", appauthor=False)
    return Profile(name=chosen, folder=root if home and chosen == DEFAULT_PROFILE else root / "profiles" / chosen)
