"""Where the data files of the window lie: in the packed resource file of an installation, or in the folders of a checkout."""

from importlib.resources import files
from pathlib import Path
from typing import Final

from PySide6.QtCore import QFile, QIODevice, QResource

from horizon_desktop.errors import ResourceMissing

PACKED: Final = "_generated/resources.rcc"
"""Binary resource file inside the package, written by packaging/hatch_build.py from resources/ and ui/."""
_ROOT: Final = ":/horizon/"


class Resources:
    """Reads data files by their path in the repository: resources/tokens.json, ui/theme.qss."""

    def __init__(self) -> None:
        package = Path(str(files("horizon_desktop")))
        checkout = package.parent
        self._folder: Path | None = checkout if (checkout / "resources").is_dir() else None
        self._packed = ""
        if self._folder is None:
            packed = str(package / PACKED)
            self._packed = packed if QResource.registerResource(packed) else ""

    def read(self, name: str) -> bytes:
        """Return the bytes of one file.

        Raises:
            ResourceMissing: there is no such file.
        """
        if self._folder is not None:
            try:
                return (self._folder / name).read_bytes()
            except OSError as exc:
                raise ResourceMissing(name) from exc
        file = QFile(_ROOT + name)
        if not file.open(QIODevice.OpenModeFlag.ReadOnly):
            raise ResourceMissing(name)
        content = bytes(file.readAll().data())
        file.close()
        return content
