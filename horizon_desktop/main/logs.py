"""Where facts are logged: a file of the profile, owner-only; a hub's stderr. Never stdout, which belongs to events."""

import logging
import os
import sys
from pathlib import Path
from typing import Final, TextIO

import structlog

MOST_BYTES: Final = 4 * 1024 * 1024
"""A log that has grown past this is put aside as .old at the next start."""
LEVEL_VARIABLE: Final = "HORIZON_LOG"
"""debug, info or warning; info when unset."""
_LEVELS: Final = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING}


def log_to_file(path: Path) -> None:
    """Append JSON lines to a file that only its owner may read; stderr where the file cannot be made."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size > MOST_BYTES:
            path.replace(path.with_suffix(".old"))
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0), 0o600)
    except OSError:
        log_to_stderr()
        return
    _configure(os.fdopen(opened, "a", encoding="utf-8", buffering=1))


def log_to_stderr() -> None:
    """Write JSON lines to stderr."""
    _configure(sys.stderr)


def _configure(target: TextIO) -> None:
    level = _LEVELS.get(os.environ.get(LEVEL_VARIABLE, "info").lower(), logging.INFO)
    logging.basicConfig(stream=target, level=max(level, logging.WARNING), force=True)  # libraries, when in trouble
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=target),
        cache_logger_on_first_use=False,
    )
