"""Where this process finds its configuration, and reading it; nothing is imported for it when there is none."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec
from platformdirs import user_config_path

from horizon_desktop.adapters.configuration.naming import PLAIN, PREFIX
from horizon_desktop.main.profile import HOME_VARIABLE
from horizon_desktop.ports.configuration import Configuration, LoadedConfiguration

FILE_VARIABLE: Final = "HORIZON_CONFIG"
"""A TOML, YAML or JSON file that is read in place of those in the usual folder."""
SECRETS_VARIABLE: Final = "HORIZON_SECRETS"
"""A folder of secret files in place of `secrets` in the usual folder."""
FILE_NAMES: Final = ("horizon.toml", "horizon.yaml", "horizon.json")
"""In the order in which they are read: later ones win."""
SECRETS_FOLDER: Final = "secrets"


class ConfigurationPlaces(msgspec.Struct, frozen=True, kw_only=True):
    """What is read besides the environment."""

    files: tuple[Path, ...] = ()
    secrets: Path | None = None
    options: tuple[str, ...] = ()
    """NAME=VALUE of --set."""


def find_places(
    environment: Mapping[str, str] = os.environ, *, file: Path | None = None, options: tuple[str, ...] = ()
) -> ConfigurationPlaces:
    """Return the files that are there: a named one (--config, HORIZON_CONFIG) alone, else those of the usual folder.

    The usual folder is HORIZON_HOME, or the user's folder for configurations.
    """
    home = environment.get(HOME_VARIABLE, "")
    folder = Path(home).expanduser().absolute() if home else user_config_path("horizon-desktop", appauthor=False)
    named = str(file) if file is not None else environment.get(FILE_VARIABLE, "")
    usual = tuple(path for path in (folder / name for name in FILE_NAMES) if path.is_file())
    secrets = environment.get(SECRETS_VARIABLE, "")
    kept = Path(secrets).expanduser() if secrets else folder / SECRETS_FOLDER
    return ConfigurationPlaces(
        files=(Path(named).expanduser(),) if named else usual,
        secrets=kept if secrets or kept.is_dir() else None,
        options=options,
    )


def read_configuration(places: ConfigurationPlaces, environment: Mapping[str, str] = os.environ) -> LoadedConfiguration:
    """Return the configuration with the origin of each value. Raises ConfigurationRefused."""
    from horizon_desktop.adapters.configuration.loading import load_configuration  # noqa: PLC0415  (heavy)

    return load_configuration(
        files=places.files, secrets=places.secrets, environment=environment, options=places.options
    )


def configuration_of(places: ConfigurationPlaces, environment: Mapping[str, str] = os.environ) -> Configuration:
    """Return the configuration; the defaults at once where nothing says anything else. Raises ConfigurationRefused."""
    is_silent = not places.files and places.secrets is None and not places.options
    if is_silent and all(name in PLAIN for name in environment if name.startswith(PREFIX)):
        return Configuration()
    return read_configuration(places, environment).configuration
