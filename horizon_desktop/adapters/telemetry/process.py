"""PsutilProcessMeter: the ProcessMeter port over psutil."""

from typing import Final

import psutil

_MS: Final = 1000


class PsutilProcessMeter:
    """Counts this process; children that have gone keep counting in what the system adds up for their parent."""

    def __init__(self) -> None:
        self._process = psutil.Process()

    def cpu_ms(self) -> int:
        times = self._process.cpu_times()
        own = times.user + times.system
        gone = getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
        return int((own + gone) * _MS)
