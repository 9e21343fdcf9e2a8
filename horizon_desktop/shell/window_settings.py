"""What the window remembers between starts, in one file of the profile: theme, places, whether it greeted."""

from pathlib import Path
from typing import Final

from PySide6.QtCore import QByteArray, QSettings

_THEME: Final = "window/theme"
_GEOMETRY: Final = "window/geometry"
_GREETED: Final = "window/greeted"
_CORNERS: Final = "presence"
THEMES: Final = frozenset({"system", "light", "dark"})


class WindowSettings:
    """Reads and writes `window.ini` in the profile's folder."""

    def __init__(self, folder: Path) -> None:
        self._settings = QSettings(str(folder / "window.ini"), QSettings.Format.IniFormat)

    @property
    def theme(self) -> str:
        """system, light or dark."""
        theme = str(self._settings.value(_THEME, "system"))
        return theme if theme in THEMES else "system"

    @theme.setter
    def theme(self, theme: str) -> None:
        self._settings.setValue(_THEME, theme)

    @property
    def is_greeted(self) -> bool:
        """Whether the first-run page was left."""
        return str(self._settings.value(_GREETED, "")) == "yes"

    def greet(self) -> None:
        """Remember that the first-run page was left."""
        self._settings.setValue(_GREETED, "yes")

    @property
    def geometry(self) -> bytes:
        """Size and place of the main window as Qt wrote them, empty when never kept."""
        value = self._settings.value(_GEOMETRY, QByteArray())
        return bytes(value.data()) if isinstance(value, QByteArray) else b""

    @geometry.setter
    def geometry(self, geometry: bytes) -> None:
        self._settings.setValue(_GEOMETRY, QByteArray(geometry))

    def corner(self, screen: str) -> str:
        """Return where the floating presence bar rests on a screen, empty when never moved."""
        return str(self._settings.value(f"{_CORNERS}/{_key(screen)}", ""))

    def keep_corner(self, screen: str, corner: str) -> None:
        """Remember where the floating presence bar rests on a screen."""
        self._settings.setValue(f"{_CORNERS}/{_key(screen)}", corner)

    def save(self) -> None:
        """Write to the disk now."""
        self._settings.sync()


def _key(screen: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in screen) or "screen"
