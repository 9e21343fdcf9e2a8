"""Reads a configuration: defaults, TOML, YAML, JSON, secret files, environment, options; later ones win."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
from pydantic import SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource

from horizon_desktop.adapters.configuration.layers import (
    Layer,
    environment_layer,
    file_layer,
    leaves,
    option_layer,
    secret_layer,
)
from horizon_desktop.adapters.configuration.naming import SETTING_NAMES, unknown_name
from horizon_desktop.adapters.configuration.settings import Settings
from horizon_desktop.errors import ConfigurationRefused
from horizon_desktop.ports.configuration import Configuration, LoadedConfiguration, Origin

HIDDEN: Final = "(hidden)"


def load_configuration(
    *,
    files: Sequence[Path] = (),
    secrets: Path | None = None,
    environment: Mapping[str, str] | None = None,
    options: Sequence[str] = (),
) -> LoadedConfiguration:
    """Return the whole configuration and where each value came from.

    Args:
        files: TOML, YAML or JSON; a later one wins over an earlier one.
        secrets: A folder of secret files, None for none.
        environment: Variables; only those that begin with HORIZON_ are read.
        options: NAME=VALUE, as the command line gives them.

    Raises:
        ConfigurationRefused: the first thing that is wrong, with its place and the nearest name or what is expected.
    """
    layers = [file_layer(path) for path in files]
    if secrets is not None:
        layers.append(secret_layer(secrets))
    layers.extend((environment_layer(environment or {}), option_layer(options)))
    settings = _validated(layers)
    tree = settings.model_dump()
    configuration = msgspec.convert(_plain(tree), Configuration)
    return LoadedConfiguration(
        configuration=configuration, origins=tuple(_origin(name, tree, layers) for name in SETTING_NAMES)
    )


def _validated(layers: Sequence[Layer]) -> Settings:
    class Layered(Settings):
        """The settings over exactly these layers, merged by pydantic-settings."""

        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            *given: PydanticBaseSettingsSource,
            **named: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return tuple(InitSettingsSource(settings_cls, layer.values) for layer in reversed(layers))

    try:
        return Layered()
    except ValidationError as exc:
        raise _refusal(exc.errors(include_url=False, include_input=False)[0], layers) from exc


def _refusal(error: ErrorDetails, layers: Sequence[Layer]) -> ConfigurationRefused:
    name = ".".join(str(part) for part in error["loc"])
    where = _place(name, layers) or "The configuration"
    if error["type"] == "extra_forbidden":
        section = name.rpartition(".")[0]
        return unknown_name(name, _beside(section), where=where)
    expected = error["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
    return ConfigurationRefused(f"{where}: {name}: expected {expected}", where=where, name=name, expected=expected)


def _beside(section: str) -> tuple[str, ...]:
    """Return the names of a section, all names when it is no section."""
    found = tuple(name for name in SETTING_NAMES if name.startswith(f"{section}.")) if section else ()
    sections = tuple(dict.fromkeys(name.split(".")[0] for name in SETTING_NAMES))
    return found or (*sections, *SETTING_NAMES)


def _place(name: str, layers: Sequence[Layer]) -> str:
    for layer in reversed(layers):
        if any(
            leaf == name or leaf.startswith(f"{name}.") or name.startswith(f"{leaf}.") for leaf in leaves(layer.values)
        ):
            return layer.place_of(name)
    return ""


def _origin(name: str, tree: Mapping[str, Any], layers: Sequence[Layer]) -> Origin:
    value: Any = tree
    for part in name.split("."):
        value = value[part]
    shown = (HIDDEN if value.get_secret_value() else "") if isinstance(value, SecretStr) else _shown(value)
    for layer in reversed(layers):
        if name in set(leaves(layer.values)):
            return Origin(name=name, value=shown, layer=layer.kind, where=layer.place_of(name))
    return Origin(name=name, value=shown, layer="default")


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ", ".join(str(item) for item in value)
    return str(value)


def _plain(value: object) -> object:
    """Return the tree with its secrets told: only the frozen values hold them from here on."""
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    return value.get_secret_value() if isinstance(value, SecretStr) else value
