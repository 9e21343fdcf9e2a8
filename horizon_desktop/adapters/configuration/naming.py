"""The names of all settings, in files and in the environment, and the nearest one to a name that is none."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from horizon_desktop.errors import ConfigurationRefused
from horizon_desktop.ports.configuration import Configuration

PREFIX: Final = "HORIZON_"
DELIMITER: Final = "__"
PLAIN: Final = frozenset(
    {
        "HORIZON_CONFIG", "HORIZON_SECRETS", "HORIZON_HOME", "HORIZON_LOG", "HORIZON_LOOPBACK_LINKS",
        "HORIZON_ON_VIRTUAL_SCREEN", "HORIZON_PYTHON", "HORIZON_STUN",
    }
)  # fmt: skip
"""Variables that are no settings of the tree: where things are, and what development uses."""


def _leaves(value: msgspec.Struct, above: str = "") -> Iterator[str]:
    for field in msgspec.structs.fields(value):
        inner = getattr(value, field.name)
        if isinstance(inner, msgspec.Struct):
            yield from _leaves(inner, f"{above}{field.name}.")
        else:
            yield f"{above}{field.name}"


SETTING_NAMES: Final = tuple(_leaves(Configuration()))
"""Dotted, in the order of the tree."""
_SECTIONS: Final = frozenset(name.rsplit(".", depth)[0] for name in SETTING_NAMES for depth in (1, 2) if "." in name)


def variable_of(name: str) -> str:
    """Return the environment variable of a setting: workers.expiry.batch is HORIZON_WORKERS__EXPIRY__BATCH."""
    return PREFIX + name.upper().replace(".", DELIMITER)


def secret_file_of(name: str) -> str:
    """Return the name of a setting's secret file: database.url is database__url."""
    return name.replace(".", DELIMITER)


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the known name that a mistyped one most likely means, empty when none is near."""
    by_name = {other.lower(): other for other in known}
    found = difflib.get_close_matches(name.lower(), by_name, n=1, cutoff=0.5)
    return by_name[found[0]] if found else ""


def check_environment(environment: Mapping[str, str]) -> None:
    """Refuse a variable that begins like ours and is none. Raises ConfigurationRefused (config.name)."""
    known = PLAIN | {variable_of(name) for name in (*SETTING_NAMES, *_SECTIONS)}
    for name in sorted(environment):
        if name.startswith(PREFIX) and name not in known:
            raise unknown_name(name, known, where="The environment")


def check_secret_files(names: Iterable[str], *, where: str) -> None:
    """Refuse a secret file that belongs to no setting. Raises ConfigurationRefused (config.name)."""
    known = {secret_file_of(name) for name in (*SETTING_NAMES, *_SECTIONS)}
    for name in sorted(names):
        if name.lower() not in known:
            raise unknown_name(name, known, where=where)


def unknown_name(name: str, known: Iterable[str], *, where: str) -> ConfigurationRefused:
    """Return the refusal of a name that is none of the known ones."""
    near = nearest(name, known)
    values = {"where": where, "name": name, **({"nearest": near} if near else {})}
    hint = f"; did you mean {near}?" if near else ""
    return ConfigurationRefused(f"{where}: no setting {name}{hint}", code="config.name", **values)
