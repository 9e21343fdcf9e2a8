"""Layers, their order, what is refused and how it is said, and that nothing secret is shown."""

from collections.abc import Callable
from pathlib import Path

import pytest

from horizon_desktop.adapters.configuration.loading import HIDDEN, load_configuration
from horizon_desktop.adapters.configuration.naming import PLAIN, SETTING_NAMES, variable_of
from horizon_desktop.domain.access.risk import RiskRules
from horizon_desktop.errors import ConfigurationRefused
from horizon_desktop.ports.configuration import Configuration, LoadedConfiguration

ROOT = Path(__file__).resolve().parents[3]
Write = Callable[[str, str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_file(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    return write_file


def origin(loaded: LoadedConfiguration, name: str) -> tuple[str, str, str]:
    found = next(each for each in loaded.origins if each.name == name)
    return (found.value, found.layer, found.where)


def test_without_anything_it_is_exactly_the_defaults() -> None:
    loaded = load_configuration()
    assert loaded.configuration == Configuration()
    assert {each.layer for each in loaded.origins} == {"default"}
    assert tuple(each.name for each in loaded.origins) == SETTING_NAMES


def test_each_layer_wins_over_the_one_before(write: Write, tmp_path: Path) -> None:
    name = "workers.expiry.batch"
    files = [
        write("h.toml", "[workers.expiry]\nbatch = 11\n"),
        write("h.yaml", "workers: {expiry: {batch: 12}}\n"),
        write("h.json", '{"workers": {"expiry": {"batch": 13}}}'),
    ]
    secret = write("secrets/workers__expiry__batch", "14\n")
    environment = {"HORIZON_WORKERS__EXPIRY__BATCH": "15"}
    loads = [load_configuration(files=files[:count]) for count in (1, 2, 3)]
    loads.append(load_configuration(files=files, secrets=secret.parent))
    loads.append(load_configuration(files=files, secrets=secret.parent, environment=environment))
    loads.append(
        load_configuration(files=files, secrets=secret.parent, environment=environment, options=[f"{name}=16"])
    )
    assert [origin(loaded, name) for loaded in loads] == [
        ("11", "file", str(files[0])),
        ("12", "file", str(files[1])),
        ("13", "file", str(files[2])),
        ("14", "secret", str(secret)),
        ("15", "environment", "HORIZON_WORKERS__EXPIRY__BATCH"),
        ("16", "option", "--set"),
    ]
    assert loads[-1].configuration.workers.expiry.batch == 16


def test_layers_of_one_section_are_merged(write: Write) -> None:
    file = write("h.toml", "[workers.expiry]\ninterval_s = 5\n[workers]\nkeep_hours = 2\n")
    loaded = load_configuration(files=[file], environment={"HORIZON_WORKERS__EXPIRY__IS_ON": "false"})
    expiry = loaded.configuration.workers.expiry
    assert (expiry.interval_s, expiry.is_on, expiry.batch) == (5, False, 2000)
    assert loaded.configuration.workers.keep_hours == 2


@pytest.mark.parametrize("name", ["a", "b"])
def test_a_section_may_be_one_variable_of_json(name: str) -> None:
    loaded = load_configuration(environment={"HORIZON_NETWORK": f'{{"stun": ["{name}.example:1"]}}'})
    assert loaded.configuration.network.stun == (f"{name}.example:1",)


def test_a_secret_is_read_and_never_shown(write: Write) -> None:
    file = write("secrets/database__url", "postgresql://team:sesame@db/x\n")
    loaded = load_configuration(secrets=file.parent)
    assert loaded.configuration.database.url == "postgresql://team:sesame@db/x"
    assert origin(loaded, "database.url") == (HIDDEN, "secret", str(file))
    assert "sesame" not in repr(loaded)


@pytest.mark.parametrize(
    ("environment", "name", "near"),
    [
        ({"HORIZON_WORKERS__KEEP_HOUR": "3"}, "HORIZON_WORKERS__KEEP_HOUR", "HORIZON_WORKERS__KEEP_HOURS"),
        ({"HORIZON_HOMES": "/x"}, "HORIZON_HOMES", "HORIZON_HOME"),
        ({"HORIZON_STUNS": "x"}, "HORIZON_STUNS", "HORIZON_STUN"),
        ({"HORIZON_FEATURES_CHAT": "no"}, "HORIZON_FEATURES_CHAT", "HORIZON_FEATURES__CHAT"),
    ],
)
def test_a_mistyped_variable_is_refused_with_the_nearest(environment: dict[str, str], name: str, near: str) -> None:
    with pytest.raises(ConfigurationRefused) as told:
        load_configuration(environment=environment)
    assert (told.value.key, told.value.values["name"], told.value.values["nearest"]) == ("config.name", name, near)
    assert told.value.exit_status == 2


def test_the_plain_variables_stay_what_they_were() -> None:
    loaded = load_configuration(environment=dict.fromkeys(PLAIN, "x") | {"PATH": "/bin", "HORIZONTAL": "x"})
    assert loaded.configuration == Configuration()


@pytest.mark.parametrize(
    ("text", "name", "near"),
    [
        ("[features]\nchatt = false\n", "features.chatt", "features.chat"),
        ("[feature]\nchat = false\n", "feature", "features"),
        ("[workers.expiri]\nbatch = 1\n", "workers.expiri", "workers.expiry.is_on"),
        ("chat = false\n", "chat", ""),
    ],
)
def test_a_mistyped_name_in_a_file_is_refused_with_the_nearest(write: Write, text: str, name: str, near: str) -> None:
    file = write("h.toml", text)
    with pytest.raises(ConfigurationRefused) as told:
        load_configuration(files=[file])
    values = told.value.values
    assert (told.value.key, values["where"], values["name"]) == ("config.name", str(file), name)
    assert near.startswith(str(values.get("nearest", ""))[:8])


def test_a_secret_file_of_no_setting_is_refused(write: Write) -> None:
    file = write("secrets/databse__url", "x")
    with pytest.raises(ConfigurationRefused) as told:
        load_configuration(secrets=file.parent)
    assert told.value.values["nearest"] == "database__url"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("h.toml", "[features\n"),
        ("h.yaml", "a: [b"),
        ("h.yaml", "- 1\n"),
        ("h.yaml", "!!python/object/apply:os.system ['true']"),
        ("h.json", "{"),
        ("h.json", "[1]"),
        ("h.ini", "x"),
        ("h.toml", "a = '" + "x" * 300_000 + "'"),
    ],
)
def test_a_file_that_is_none_is_one_refusal(write: Write, name: str, text: str) -> None:
    file = write(name, text)
    with pytest.raises(ConfigurationRefused) as told:
        load_configuration(files=[file])
    assert (told.value.key, told.value.values["where"]) == ("config.file", str(file))
    assert "\n" not in str(told.value.values["expected"])


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationRefused) as told:
        load_configuration(files=[tmp_path / "none.toml"])
    assert told.value.key == "config.file"


@pytest.mark.parametrize(
    ("option", "key"),
    [
        ("workers.keep_hours=x", "config.value"),
        ("workers.keep_hours=0", "config.value"),
        ("workers.expiry.jitter_percent=51", "config.value"),
        ("features.chat=perhaps", "config.value"),
        ('network.stun=["a","b","c","d","e"]', "config.value"),
        ("risk.medium_from=99", "config.value"),
        ("workers", "config.value"),
        ("worker.keep_hours=1", "config.name"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_and_says_what_would(option: str, key: str) -> None:
    with pytest.raises(ConfigurationRefused) as told:
        load_configuration(options=[option])
    assert told.value.key == key
    assert "expected" in told.value.values or "nearest" in told.value.values


def test_a_refusal_never_repeats_the_value() -> None:
    with pytest.raises(ConfigurationRefused) as told:
        load_configuration(environment={"HORIZON_WORKERS__KEEP_HOURS": "sesame"})
    assert "sesame" not in f"{told.value} {told.value.values}"


@pytest.mark.parametrize("weight", RiskRules.__struct_fields__)
def test_every_weight_of_a_risk_can_be_set(weight: str) -> None:
    value = 90 if weight != "critical_from" else 120
    weights = {"critical_from": "100", "high_from": "95", weight: str(value)}
    loaded = load_configuration(options=[f"risk.{name}={number}" for name, number in weights.items()])
    assert getattr(loaded.configuration.risk, weight) == value


@pytest.mark.parametrize("name", SETTING_NAMES)
def test_the_guide_names_every_setting(name: str) -> None:
    guide = (ROOT / "docs" / "guide" / "configuration.md").read_text("utf-8")
    assert f"`{name}`" in guide
    assert variable_of(name).startswith("HORIZON_")
