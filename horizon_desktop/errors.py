"""Every exception of the product, in one tree. Imports nothing of ours."""

from typing import ClassVar, Final

EXIT_OK: Final = 0
EXIT_USAGE: Final = 2
EXIT_REFUSED: Final = 3
EXIT_UNREACHABLE: Final = 4
EXIT_REVOKED: Final = 5


class HorizonError(Exception):
    """Something went wrong that a person or a caller can be told about.

    `code` is the key of the sentence shown to people (the copy deck, `presentation/wording.py`);
    `values` fills the named places of that sentence. Neither ever holds a secret.
    """

    code: ClassVar[str] = "internal"
    exit_status: ClassVar[int] = 1
    is_retriable: ClassVar[bool] = False

    def __init__(self, message: str = "", *, code: str | None = None, **values: str | int) -> None:
        super().__init__(message or code or self.code)
        self.key: str = code or self.code
        self.values: dict[str, str | int] = values


class UsageError(HorizonError):
    """The person asked for something that cannot be done as asked: exit status 2."""

    code = "usage"
    exit_status = EXIT_USAGE


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


class AccessRevoked(HorizonError):
    """The host took the access back."""

    code = "access.revoked"
    exit_status = EXIT_REVOKED


class Unreachable(HorizonError):
    """Nobody answers at the other end."""

    code = "hub.unreachable"
    exit_status = EXIT_UNREACHABLE
    is_retriable = True


class HubPinMismatch(Unreachable):
    """The server's key is not the one that the link names."""

    code = "hub.pin"
    is_retriable = False


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


class SecretUnavailable(HorizonError):
    """The device key cannot be read or written."""

    code = "secret.unavailable"


class ResourceMissing(HorizonError):
    """A data file of the window (icon, font, style sheet) is neither packed nor in the checkout."""

    code = "internal"
