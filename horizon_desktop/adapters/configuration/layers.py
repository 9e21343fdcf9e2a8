"""The layers of a configuration, each read by the source that pydantic-settings has for it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tomllib import TOMLDecodeError
from typing import Any, Final

import msgspec
from pydantic_settings import (
    EnvSettingsSource,
    JsonConfigSettingsSource,
    NestedSecretsSettingsSource,
    SecretsSettingsSource,
    SettingsError,
    TomlConfigSettingsSource,
    YamlConfigSettingsSource,
)
from yaml import MarkedYAMLError, YAMLError

from horizon_desktop.adapters.configuration.naming import (
    DELIMITER,
    PLAIN,
    PREFIX,
    SETTING_NAMES,
    check_environment,
    check_secret_files,
    secret_file_of,
    unknown_name,
    variable_of,
)
from horizon_desktop.adapters.configuration.settings import Settings
from horizon_desktop.errors import ConfigurationRefused

MOST_BYTES: Final = 256 * 1024
_LANGUAGES: Final = {".toml": "TOML", ".yaml": "YAML", ".yml": "YAML", ".json": "JSON"}
_SOURCES: Final = {
    ".toml": TomlConfigSettingsSource,
    ".yaml": YamlConfigSettingsSource,
    ".yml": YamlConfigSettingsSource,
    ".json": JsonConfigSettingsSource,
}


class Layer(msgspec.Struct, frozen=True, kw_only=True):
    """What one place says; later layers win over earlier ones."""

    kind: str
    """file, secret, environment or option."""
    where: str
    values: dict[str, Any]

    def place_of(self, name: str) -> str:
        """Return where exactly this layer says a setting, for a person to find it."""
        exact = {"environment": variable_of(name), "secret": f"{self.where}/{secret_file_of(name)}"}
        return exact.get(self.kind, self.where)


class _Environment(EnvSettingsSource):
    """Reads a mapping in place of the process's own environment."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._given = environment
        super().__init__(Settings, env_prefix=PREFIX, env_nested_delimiter=DELIMITER)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return {name.lower(): value for name, value in self._given.items()}


def file_layer(path: Path) -> Layer:
    """Return what a TOML, YAML or JSON file says.

    Raises:
        ConfigurationRefused: config.file, it cannot be read as one.
    """
    source = _SOURCES.get(path.suffix.lower())
    if source is None:
        raise _unreadable(path, "a name that ends in .toml, .yaml or .json")
    try:
        if path.stat().st_size > MOST_BYTES:
            raise _unreadable(path, f"at most {MOST_BYTES // 1024} KiB")
        values = source(Settings, path)()
    except (ValueError, TypeError, OSError, YAMLError, SettingsError) as exc:
        raise _unreadable(path, f"{_LANGUAGES[path.suffix.lower()]} with sections ({_trouble(exc)})") from exc
    return Layer(kind="file", where=str(path), values=values)


def secret_layer(folder: Path) -> Layer:
    """Return what the files of a folder hold, each named after its setting (database__url)."""
    try:
        names = [path.name for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")]
        check_secret_files(names, where=str(folder))
        source = NestedSecretsSettingsSource(
            SecretsSettingsSource(Settings, secrets_dir=folder),
            secrets_dir=folder,
            secrets_dir_missing="error",
            secrets_prefix="",
            secrets_nested_delimiter=DELIMITER,
        )
        values = source()
    except (ValueError, OSError, SettingsError) as exc:
        raise _unreadable(folder, "a folder of small text files, each named after its setting") from exc
    return Layer(kind="secret", where=str(folder), values=values)


def environment_layer(environment: Mapping[str, str]) -> Layer:
    """Return what HORIZON_SECTION__NAME variables say. Raises ConfigurationRefused for one that is none of ours."""
    check_environment(environment)
    try:
        values = _Environment(environment)()
    except SettingsError as exc:
        name = next((name for name in _structured(environment) if not _is_json(environment[name])), PREFIX)
        raise ConfigurationRefused(
            f"{name} holds no JSON where a list or a section is expected",
            where="The environment",
            name=name,
            expected='JSON, like ["a", "b"]',
        ) from exc
    return Layer(kind="environment", where="The environment", values=values)


def option_layer(options: Sequence[str]) -> Layer:
    """Return what --set NAME=VALUE options say, the last one of a name.

    Raises:
        ConfigurationRefused: there is no such setting, or no =.
    """
    values: dict[str, Any] = {}
    for option in options:
        name, equals, value = option.partition("=")
        if not equals:
            raise ConfigurationRefused("--set takes NAME=VALUE", where="--set", name=name, expected="NAME=VALUE")
        if name not in SETTING_NAMES:
            raise unknown_name(name, SETTING_NAMES, where="--set")
        section = values
        *above, last = name.split(".")
        for part in above:
            section = section.setdefault(part, {})
        section[last] = _json_list(value) if value.startswith("[") else value
    return Layer(kind="option", where="--set", values=values)


def leaves(values: Mapping[str, Any], above: str = "") -> Iterator[str]:
    """Yield the dotted names of everything that a layer says."""
    for name, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from leaves(value, f"{above}{name}.")
        else:
            yield f"{above}{name}"


def _json_list(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _structured(environment: Mapping[str, str]) -> Iterator[str]:
    """Yield the variables of ours that take JSON: lists and whole sections."""
    scalars = {variable_of(name) for name in SETTING_NAMES} - {variable_of("network.stun")}
    return (name for name in environment if name.startswith(PREFIX) and name not in PLAIN | scalars)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _unreadable(path: Path, expected: str) -> ConfigurationRefused:
    return ConfigurationRefused(f"{path}: expected {expected}", code="config.file", where=str(path), expected=expected)


def _trouble(error: Exception) -> str:
    """Say in one line what a parser met and where, without any value of the file."""
    if isinstance(error, OSError):
        return error.strerror or "it is not there"
    if isinstance(error, MarkedYAMLError) and error.problem_mark is not None:
        return f"{error.problem} at line {error.problem_mark.line + 1}"
    if isinstance(error, TOMLDecodeError | json.JSONDecodeError):
        return str(error)[:120]
    return "no sections found"
