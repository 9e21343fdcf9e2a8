"""What pycrdt throws, in our words."""

from collections.abc import Iterator
from contextlib import contextmanager

from horizon_desktop.errors import RemoteProtocolError


@contextmanager
def translated() -> Iterator[None]:
    """Turn everything pycrdt throws into RemoteProtocolError; a Rust panic is a BaseException."""
    try:
        yield
    except (ValueError, RuntimeError, TypeError, OverflowError, UnicodeError) as problem:
        raise RemoteProtocolError(f"pycrdt: {problem}", code="edit.apply") from problem
    except BaseException as problem:
        if type(problem).__name__ != "PanicException":
            raise
        raise RemoteProtocolError("pycrdt panicked", code="edit.apply") from problem
