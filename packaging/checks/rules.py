"""The tables of the house: which floor is pure, which library lives where (ARCHITECTURE.md)."""

from collections.abc import Mapping
from typing import Final

_PACKAGE: Final = "horizon_desktop"

PURE_FLOORS: Final = (
    f"{_PACKAGE}/errors.py",
    f"{_PACKAGE}/crypto",
    f"{_PACKAGE}/domain",
    f"{_PACKAGE}/protocol",
    f"{_PACKAGE}/presentation",
)

IMPURE_MODULES: Final = frozenset(
    {
        "asyncio", "concurrent", "threading", "multiprocessing", "subprocess", "signal", "PySide6", "qasync", "uvloop",
        "sqlalchemy", "sqlite3", "aiosqlite", "alembic", "socket", "ssl", "selectors", "select", "http", "urllib3",
        "aiohttp", "aiortc", "aioice", "qh3", "OpenSSL",
        "asyncpg", "pynvml", "pydantic", "pydantic_settings", "stamina", "yaml",
        "time", "random", "secrets", "logging", "structlog",
    }
)  # fmt: skip

IMPURE_CALLS: Final = frozenset(
    {
        "os.urandom", "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "datetime.datetime.now",
        "datetime.date.today", "uuid.uuid1", "uuid.uuid4", "uuid4", "uuid1",
        "nacl.utils.random", "SigningKey.generate", "open", "print", "input",
    }
)  # fmt: skip

_DOORS: Final = (f"{_PACKAGE}/widgets", f"{_PACKAGE}/shell", f"{_PACKAGE}/main")
_STORAGE: Final = (f"{_PACKAGE}/adapters/storage",)

HOMES: Final[Mapping[str, tuple[str, ...]]] = {
    "PySide6": _DOORS,
    "qasync": (f"{_PACKAGE}/shell", f"{_PACKAGE}/main"),
    "uvloop": (f"{_PACKAGE}/shell", f"{_PACKAGE}/main"),
    "aiohttp": (f"{_PACKAGE}/adapters/web",),
    "aiortc": (f"{_PACKAGE}/adapters/webrtc",),
    "aioice": (f"{_PACKAGE}/adapters/webrtc", f"{_PACKAGE}/adapters/bulk"),
    "qh3": (f"{_PACKAGE}/adapters/bulk",),
    "nacl": (f"{_PACKAGE}/crypto",),
    "spake2": (f"{_PACKAGE}/crypto",),
    "blake3": (f"{_PACKAGE}/crypto",),
    "cryptography": (f"{_PACKAGE}/crypto", f"{_PACKAGE}/adapters/tls"),
    "OpenSSL": (f"{_PACKAGE}/adapters/tls",),
    "pycrdt": (f"{_PACKAGE}/adapters/documents",),
    "watchdog": (f"{_PACKAGE}/adapters/documents",),
    "sqlalchemy": _STORAGE,
    "alembic": _STORAGE,
    "aiosqlite": _STORAGE,
    "sqlite3": _STORAGE,
    "asyncpg": (*_STORAGE, f"{_PACKAGE}/adapters/postgres_bus"),
    "yaml": (f"{_PACKAGE}/adapters/policy_files", f"{_PACKAGE}/adapters/configuration"),
    "pydantic": (f"{_PACKAGE}/adapters/configuration",),
    "pynvml": (f"{_PACKAGE}/adapters/telemetry",),
    "pydantic_settings": (f"{_PACKAGE}/adapters/configuration",),
    "stamina": (f"{_PACKAGE}/adapters",),
    "qrcode": (f"{_PACKAGE}/widgets",),
    "PIL": (f"{_PACKAGE}/widgets",),
    "pygments": (f"{_PACKAGE}/widgets",),
    "platformdirs": (f"{_PACKAGE}/main",),
    "keyring": (f"{_PACKAGE}/adapters/keyring",),
    "psutil": (f"{_PACKAGE}/adapters",),
    "typer": (f"{_PACKAGE}/cli", f"{_PACKAGE}/main"),
    "rich": (f"{_PACKAGE}/cli", f"{_PACKAGE}/main"),
    "prometheus_client": (f"{_PACKAGE}/adapters",),
}

CATCH_ALL_HOMES: Final = (
    f"{_PACKAGE}/services/supervisor.py",
    f"{_PACKAGE}/shell/task_scope.py",
    f"{_PACKAGE}/adapters/documents/pycrdt_errors.py",  # a panic of Rust is a BaseException without a class to import
)
