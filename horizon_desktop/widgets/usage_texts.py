"""The words of the page Quotas and pools: resources with their units, states, days."""

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QDate, QLocale

from horizon_desktop.presentation.wording import Words
from horizon_desktop.widgets.texts import phrase
from horizon_desktop.widgets.workspace_texts import said

RESOURCES: Final = (
    "gpu_hours",
    "tpu_hours",
    "cpu_hours",
    "memory_gib_hours",
    "storage_gib_hours",
    "network_gib",
)
_POOL_STATES: Final[Mapping[str, tuple[str, str]]] = {
    "open": ("Open", "ok"),
    "low": ("Nearly empty", "warn"),
    "review": ("In review", "info"),
    "paused": ("Paused", "neutral"),
    "draft": ("Draft", "neutral"),
}


def resource_words(resource: str) -> str:
    """Return what an amount of a resource counts: GPU hours."""
    words = {
        "gpu_hours": said("GPU hours"),
        "tpu_hours": said("TPU hours"),
        "cpu_hours": said("CPU hours"),
        "memory_gib_hours": said("GiB hours of memory"),
        "storage_gib_hours": said("GiB hours of storage"),
        "network_gib": said("GiB of network"),
    }
    return words.get(resource, resource)


def _short(resource: str) -> str:
    return {"memory_gib_hours": "GiB h", "storage_gib_hours": "GiB h", "network_gib": "GiB"}.get(resource, "h")


def usage_phrase(words: Words) -> str:
    """Return a line of the page; a resource in it is said in words."""
    values = dict(words.values)
    if isinstance(values.get("unit"), str):
        values["short"] = _short(str(values["unit"]))
        values["unit"] = resource_words(str(values["unit"]))
    text = phrase(Words(words.key, values))
    return text[:1].upper() + text[1:]


def pool_state(state: str) -> tuple[str, str]:
    """Return word and tone of a pool's chip."""
    word, tone = _POOL_STATES.get(state, (state, "neutral"))
    return said(word), tone


def day_words(day: str, today: QDate) -> str:
    """Return a day as people read it: Today, Yesterday, 18 Nov, 18 Nov 2025."""
    date = QDate.fromString(day, "yyyy-MM-dd")
    if not date.isValid():
        return day
    passed = date.daysTo(today)
    if passed in (0, 1):
        return said("Today") if passed == 0 else said("Yesterday")
    shape = "d MMM" if date.year() == today.year() else "d MMM yyyy"
    return QLocale().toString(date, shape)
