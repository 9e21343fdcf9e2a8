"""Save bytes where a person chose, all or nothing."""

from pathlib import Path

from PySide6.QtCore import QIODevice, QSaveFile

from horizon_desktop.presentation.facts import Told


def save_file(path: str, data: bytes) -> Told:
    """Write `data` to `path`, replacing what was there only when all of it is written; return what to tell."""
    name = Path(path).name
    target = QSaveFile(path)
    is_written = target.open(QIODevice.OpenModeFlag.WriteOnly) and target.write(data) == len(data) and target.commit()
    if is_written:
        return Told(key="toast.saved", values={"file": name})
    return Told(key="toast.unsaved", values={"file": name}, tone="bad")
