"""Each rule of packaging/checks/house.py finds its breach, and lets the good form pass."""

import ast
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHECKS = ROOT / "packaging" / "checks"


def load_house() -> ModuleType:
    sys.path.insert(0, str(CHECKS))
    try:
        spec = importlib.util.spec_from_file_location("house", CHECKS / "house.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module
    finally:
        sys.path.remove(str(CHECKS))


HOUSE = load_house()


def breaches(check: str, path: str, source: str) -> list[str]:
    return [found.words for found in getattr(HOUSE, check)(Path(path), ast.parse(source))]


BREACHES = [
    ("check_purity", "horizon_desktop/domain/x.py", "import asyncio"),
    ("check_purity", "horizon_desktop/protocol/x.py", "from time import monotonic"),
    ("check_purity", "horizon_desktop/crypto/x.py", "import os\nos.urandom(8)"),
    ("check_purity", "horizon_desktop/crypto/x.py", "from os import urandom"),
    ("check_purity", "horizon_desktop/domain/x.py", "from datetime import UTC, datetime\ndatetime.now(UTC)"),
    ("check_purity", "horizon_desktop/presentation/x.py", "from PySide6.QtCore import QObject"),
    ("check_homes", "horizon_desktop/services/x.py", "import aiohttp"),
    ("check_homes", "horizon_desktop/adapters/web/x.py", "from sqlalchemy import select"),
    ("check_owners", "horizon_desktop/services/x.py", "asyncio.create_task(run())"),
    ("check_owners", "horizon_desktop/services/x.py", "asyncio.get_running_loop().create_task(run())"),
    ("check_owners", "horizon_desktop/shell/x.py", "self._loop.create_task(run())"),
    ("check_owners", "horizon_desktop/shell/x.py", "asyncio.ensure_future(run())"),
    (
        "check_catch_all",
        "horizon_desktop/services/x.py",
        "try:\n    go()\nexcept Exception as error:\n    print(error)",
    ),
    (
        "check_catch_all",
        "horizon_desktop/services/x.py",
        "try:\n    go()\nexcept (ValueError, BaseException):\n    pass",
    ),
    ("check_catch_all", "horizon_desktop/services/x.py", "try:\n    go()\nexcept:\n    pass"),
    ("check_mocks", "tests/x.py", "from unittest import mock"),
    ("check_mocks", "tests/x.py", "from unittest.mock import Mock"),
]

FINE = [
    ("check_purity", "horizon_desktop/services/x.py", "import asyncio"),
    (
        "check_purity",
        "horizon_desktop/domain/x.py",
        "from datetime import UTC, datetime\ndatetime.fromtimestamp(0, UTC)",
    ),
    ("check_homes", "horizon_desktop/adapters/web/x.py", "import aiohttp"),
    ("check_owners", "horizon_desktop/services/x.py", "group.create_task(run())"),
    (
        "check_catch_all",
        "horizon_desktop/shell/task_scope.py",
        "try:\n    go()\nexcept Exception as error:\n    tell(error)",
    ),
    (
        "check_catch_all",
        "horizon_desktop/services/x.py",
        "try:\n    go()\nexcept BaseException:\n    undo()\n    raise",
    ),
    ("check_mocks", "tests/x.py", "from tests.fakes.clock import FakeClock"),
]


@pytest.mark.parametrize(("check", "path", "source"), BREACHES)
def test_a_breach_of_the_house_is_found(check: str, path: str, source: str) -> None:
    assert breaches(check, path, source)


@pytest.mark.parametrize(("check", "path", "source"), FINE)
def test_the_good_form_passes(check: str, path: str, source: str) -> None:
    assert breaches(check, path, source) == []


def test_a_file_without_a_subject_is_found() -> None:
    tree = ast.parse("x = 1")
    assert [found.words for found in HOUSE.check_shape(Path("horizon_desktop/x.py"), tree, 1)]


def test_a_long_file_is_found() -> None:
    tree = ast.parse('"""A subject."""')
    assert [found.words for found in HOUSE.check_shape(Path("horizon_desktop/x.py"), tree, 401)]


def test_an_init_with_a_re_export_is_found() -> None:
    tree = ast.parse('"""A room."""\nfrom horizon_desktop.errors import HorizonError')
    assert [found.words for found in HOUSE.check_shape(Path("horizon_desktop/__init__.py"), tree, 2)]


def test_no_tracked_file_names_this_machine_or_an_address_in_a_lock() -> None:
    found = [str(breach) for path in HOUSE.tracked() for breach in HOUSE.check_words(path)]
    assert found == []
