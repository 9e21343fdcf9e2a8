"""Every exception of the product, in one tree, and what each is for other programs. Imports nothing of ours."""

from collections.abc import Mapping
from enum import IntEnum
from typing import ClassVar, Final, NamedTuple

EXIT_OK: Final = 0
EXIT_USAGE: Final = 2
EXIT_REFUSED: Final = 3
EXIT_UNREACHABLE: Final = 4
EXIT_REVOKED: Final = 5


class GrpcStatus(IntEnum):
    """The canonical codes of gRPC that we answer with, by their numbers."""

    INVALID_ARGUMENT = 3
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    INTERNAL = 13
    UNAVAILABLE = 14
    UNAUTHENTICATED = 16


class HorizonError(Exception):
    """Something went wrong that a person or a caller can be told about.

    `code` is the key of the sentence shown to people (the copy deck, `presentation/wording.py`);
    `values` fills the named places of that sentence. Neither ever holds a secret.
    """

    code: ClassVar[str] = "internal"
    exit_status: ClassVar[int] = 1

    def __init__(self, message: str = "", *, code: str | None = None, **values: str | int) -> None:
        super().__init__(message or code or self.code)
        self.key: str = code or self.code
        self.values: dict[str, str | int] = values

    @property
    def status(self) -> "Status":
        """What this error is for gRPC and HTTP, and whether the same call may well succeed a moment later."""
        return KEY_STATUSES.get(self.key) or STATUSES[next(kind for kind in type(self).__mro__ if kind in STATUSES)]

    @property
    def is_retriable(self) -> bool:
        """Whether trying the same again makes sense. The caller says whether it does no harm."""
        return self.status.is_retriable


class UsageError(HorizonError):
    """The person asked for something that cannot be done as asked: exit status 2."""

    code = "usage"
    exit_status = EXIT_USAGE


class ConfigurationRefused(UsageError):
    """A configuration file or variable cannot be used. `values`: where, name, and nearest or expected.

    `key` is config.name (no such setting), config.value (not a value for it), config.file (cannot be read)
    or config.off (a surface that this configuration switches off).
    """

    code = "config.value"


class LocalProtocolError(HorizonError):
    """We broke the protocol: our own mistake."""

    code = "protocol.local"


class RemoteProtocolError(HorizonError):
    """The peer broke the protocol. Bytes from outside raise nothing else."""

    code = "protocol.remote"
    exit_status = EXIT_REFUSED


class AccessRefused(HorizonError):
    """A rule of the session said no: code, expiry, role, policy."""

    code = "access.denied"
    exit_status = EXIT_REFUSED


class InviteRefused(AccessRefused):
    """A link or a code is not, or no longer, good. `key` says which (`code.wrong`, `invite.used`, ...)."""

    code = "invite.bad"


class PolicyRefused(AccessRefused):
    """A policy denies it, or none allows it. `values`: policy."""

    code = "policy.denied"


class QuotaRefused(AccessRefused):
    """A quota, a purse or a pool has not that much left, or is not open now.

    `key` is quota.over, quota.closed, pool.over or pool.closed.
    """

    code = "quota.over"


class AccessRevoked(HorizonError):
    """The host took the access back."""

    code = "access.revoked"
    exit_status = EXIT_REVOKED


class Unreachable(HorizonError):
    """Nobody answers at the other end."""

    code = "hub.unreachable"
    exit_status = EXIT_UNREACHABLE


class HubPinMismatch(Unreachable):
    """The server's key is not the one that the link names."""

    code = "hub.pin"


class HubBusy(Unreachable):
    """The hub answers and asks us to come again: too many attempts, full, or about to stop. `retry_ms` says when."""

    code = "hub.rate"


class LinkLost(Unreachable):
    """A path or a link to a peer has gone."""

    code = "net.lost"


class FileRefused(HorizonError):
    """A file cannot be shared, saved or mirrored as text.

    `key` is file.binary, file.encoding, file.big, file.vanished, file.unreadable, file.unwritable, file.changed (not
    what was last seen), file.differs (another file stands in the mirror's way), file.name (no name for this disk),
    share.nothing (a folder without text) or files.many (a folder with too much in it).
    `values`: file, size.
    """

    code = "file.binary"
    exit_status = EXIT_USAGE


class StoreUnavailable(HorizonError):
    """The database cannot be used."""

    code = "store.unavailable"


class BusUnavailable(Unreachable):
    """The bus between processes has lost its server; facts of that time have to be read again."""

    code = "bus.unavailable"


class SecretUnavailable(HorizonError):
    """The device key cannot be read or written."""

    code = "secret.unavailable"


class ResourceMissing(HorizonError):
    """A data file of the window (icon, font, style sheet) is neither packed nor in the checkout."""

    code = "internal"


class Status(NamedTuple):
    """What one kind of error is for other programs."""

    grpc: GrpcStatus
    http: int
    is_retriable: bool = False


STATUSES: Final[Mapping[type[HorizonError], Status]] = {
    HorizonError: Status(GrpcStatus.INTERNAL, 500),
    UsageError: Status(GrpcStatus.INVALID_ARGUMENT, 400),
    ConfigurationRefused: Status(GrpcStatus.FAILED_PRECONDITION, 500),
    LocalProtocolError: Status(GrpcStatus.INTERNAL, 500),
    RemoteProtocolError: Status(GrpcStatus.INVALID_ARGUMENT, 400),
    AccessRefused: Status(GrpcStatus.PERMISSION_DENIED, 403),
    InviteRefused: Status(GrpcStatus.UNAUTHENTICATED, 401),
    PolicyRefused: Status(GrpcStatus.PERMISSION_DENIED, 403),
    QuotaRefused: Status(GrpcStatus.RESOURCE_EXHAUSTED, 429),
    AccessRevoked: Status(GrpcStatus.PERMISSION_DENIED, 403),
    Unreachable: Status(GrpcStatus.UNAVAILABLE, 503, is_retriable=True),
    HubPinMismatch: Status(GrpcStatus.UNAUTHENTICATED, 502),
    HubBusy: Status(GrpcStatus.RESOURCE_EXHAUSTED, 429, is_retriable=True),
    LinkLost: Status(GrpcStatus.UNAVAILABLE, 503, is_retriable=True),
    BusUnavailable: Status(GrpcStatus.UNAVAILABLE, 503, is_retriable=True),
    FileRefused: Status(GrpcStatus.FAILED_PRECONDITION, 422),
    StoreUnavailable: Status(GrpcStatus.UNAVAILABLE, 503, is_retriable=True),
    SecretUnavailable: Status(GrpcStatus.FAILED_PRECONDITION, 500),
    ResourceMissing: Status(GrpcStatus.INTERNAL, 500),
}
"""Every class of the tree, each with a row of its own."""

_UNKNOWN: Final = Status(GrpcStatus.NOT_FOUND, 404)
_GONE: Final = Status(GrpcStatus.FAILED_PRECONDITION, 410)
_TAKEN: Final = Status(GrpcStatus.ALREADY_EXISTS, 409)
_STATE: Final = Status(GrpcStatus.FAILED_PRECONDITION, 409)
_SLOW: Final = Status(GrpcStatus.RESOURCE_EXHAUSTED, 429, is_retriable=True)
_FULL: Final = Status(GrpcStatus.RESOURCE_EXHAUSTED, 429)

KEY_STATUSES: Final[Mapping[str, Status]] = {
    "session.unknown": _UNKNOWN,
    "peer.unknown": _UNKNOWN,
    "invite.unknown": _UNKNOWN,
    "file.unknown": _UNKNOWN,
    "invite.expired": _GONE,
    "invite.used": _GONE,
    "invite.cancelled": _GONE,
    "ended": _GONE,
    "session.over": _GONE,
    "profile.busy": _TAKEN,
    "report.exists": _TAKEN,
    "identity.state": _STATE,
    "invite.paused": _STATE,
    "expiry.limit": _STATE,
    "store.newer": _STATE,
    "code.slow": _SLOW,
    "attempt.busy": _SLOW,
    "rate.edits": _SLOW,
    "session.full": _FULL,
    "session.writers": _FULL,
    "hub.full": _SLOW,
    "host.away": Status(GrpcStatus.UNAVAILABLE, 503, is_retriable=True),
}
"""Where a key says more than the class it is raised with."""
