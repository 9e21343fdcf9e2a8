"""Other programs of this desktop: the file manager, the mail program; and the picture of a QR code."""

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from horizon_desktop.widgets.qr_view import qr_png
from horizon_desktop.widgets.texts import fill, translated

_SUBJECT = "Join me in Horizon"
_BODY = "Open this link. I tell you the code another way.\n\n"
_LETTERS: Final[Mapping[str, tuple[str, str]]] = {
    "ask_invite": ("Horizon: a new invite", "The invite you sent me no longer works. Would you send me a new one?"),
    "ask_host": ("Horizon: let me join", "I can't join your session. Would you have a look at the invite?"),
    "tell_host": (
        "Horizon: your invite was used",
        "I opened your invite and it says that it was used already. That wasn't me: check who is in your session.",
    ),
}
"""Subject and words of a letter by its reason."""


class DesktopOutside:
    """Asks the desktop to open things."""

    def open_folder(self, path: str) -> None:
        """Show a folder in the file manager."""
        QDesktopServices.openUrl(QUrl.fromLocalFile(path))

    def write_mail(self, link: str) -> None:
        """Begin a mail with the link in it; the code is never part of it."""
        QDesktopServices.openUrl(mail_url(link))

    def write_to_host(self, reason: str, host: str) -> None:
        """Begin a mail to a host; the person adds the address and sends it."""
        QDesktopServices.openUrl(letter_url(reason, host))

    def qr_png(self, text: str) -> bytes:
        """Return a PNG of the QR code that holds `text`."""
        return qr_png(text)


def mail_url(link: str) -> QUrl:
    """Return the address that opens a mail program with subject and body."""
    return _mail(translated(_SUBJECT), translated(_BODY) + link)


def letter_url(reason: str, host: str) -> QUrl:
    """Return the address that opens a mail program with what one asks or tells a host."""
    subject, body = _LETTERS[reason]
    greeting = fill(translated("Hello {host},"), {"host": host}) if host else translated("Hello,")
    return _mail(translated(subject), f"{greeting}\n\n{translated(body)}\n")


def _mail(subject: str, body: str) -> QUrl:
    return QUrl(f"mailto:?subject={_encoded(subject)}&body={_encoded(body)}", QUrl.ParsingMode.StrictMode)


def _encoded(text: str) -> str:
    return bytes(QUrl.toPercentEncoding(text).data()).decode("ascii")
