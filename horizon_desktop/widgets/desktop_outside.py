"""Other programs of this desktop: the file manager, the mail program; and the picture of a QR code."""

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from horizon_desktop.widgets.qr_view import qr_png
from horizon_desktop.widgets.texts import translated

_SUBJECT = "Join me in Horizon"
_BODY = "Open this link. I tell you the code another way.\n\n"


class DesktopOutside:
    """Asks the desktop to open things."""

    def open_folder(self, path: str) -> None:
        """Show a folder in the file manager."""
        QDesktopServices.openUrl(QUrl.fromLocalFile(path))

    def write_mail(self, link: str) -> None:
        """Begin a mail with the link in it; the code is never part of it."""
        QDesktopServices.openUrl(mail_url(link))

    def qr_png(self, text: str) -> bytes:
        """Return a PNG of the QR code that holds `text`."""
        return qr_png(text)


def mail_url(link: str) -> QUrl:
    """Return the address that opens a mail program with subject and body."""
    subject, body = (_encoded(text) for text in (translated(_SUBJECT), translated(_BODY) + link))
    return QUrl(f"mailto:?subject={subject}&body={body}", QUrl.ParsingMode.StrictMode)


def _encoded(text: str) -> str:
    return bytes(QUrl.toPercentEncoding(text).data()).decode("ascii")
