"""Where the data files of the window lie: in the packed file of an installation, or in the folders of a checkout."""

from importlib.resources import files
from pathlib import Path
from typing import Final

from PySide6.QtCore import QFile, QIODevice, QResource

from horizon_desktop.errors import ResourceMissing

PACKED: Final = "_generated/resources.rcc"
"""Binary resource file inside the package, written by packaging/hatch_build.py from resources/ and ui/."""
_ROOT: Final = ":/"


class Resources:
    """Reads data files by their name below resources/ (icons/copy.svg, tokens.json), templates by ui/NAME."""

    def __init__(self, package: Path | None = None) -> None:
        """Find the files.

        Args:
            package: Folder of the installed package; None: the one that runs.
        """
        package = package or Path(str(files("horizon_desktop")))
        checkout = package.parent
        self._checkout: Path | None = checkout if (checkout / "resources" / "tokens.json").is_file() else None
        if self._checkout is None:
            QResource.registerResource(str(package / PACKED))

    def read(self, name: str) -> bytes:
        """Return the bytes of one file.

        Raises:
            ResourceMissing: there is no such file.
        """
        if self._checkout is not None:
            folder = self._checkout if name.startswith("ui/") else self._checkout / "resources"
            try:
                return (folder / name).read_bytes()
            except OSError as exc:
                raise ResourceMissing(name) from exc
        file = QFile(_ROOT + name)
        if not file.open(QIODevice.OpenModeFlag.ReadOnly):
            raise ResourceMissing(name)
        content = bytes(file.readAll().data())
        file.close()
        return content
