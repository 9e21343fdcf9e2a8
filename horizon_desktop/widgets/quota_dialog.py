"""The dialog in which a sponsor gives somebody a quota: of what, how much, for how long, and how far beyond."""

from decimal import Decimal
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from horizon_desktop.presentation.plain_text import plain
from horizon_desktop.presentation.usage_intents import GiveQuota
from horizon_desktop.presentation.usage_page import amount_of
from horizon_desktop.widgets.field_dialog import FieldDialog
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.usage_texts import RESOURCES, resource_words
from horizon_desktop.widgets.workspace_texts import said

DAYS_MOST: Final = 366
_DAY_H: Final = 24
_NAME_LENGTH: Final = 80
_BURSTS: Final = ("1", "1.3", "1.5", "2")


class QuotaDialog(FieldDialog):
    """Nothing is given before every field is right; what is wrong is said at its field."""

    intent = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, title=said("Give a quota"), confirm=said("Give"), name="quota_dialog", parent=parent)
        self.person = self.add_text(said("For"), "person", placeholder=said("Name or mail of a person or a group"))
        self.person.setMaxLength(_NAME_LENGTH)
        self.resource = self.add_choice(
            said("What"), "resource", tuple((resource, resource_words(resource)) for resource in RESOURCES)
        )
        self.limit = self.add_text(said("How much"), "limit")
        self.days = self.add_text(said("For how many days"), "days", text="30")
        bursts = tuple((times, _burst_words(times)) for times in _BURSTS)
        self.burst = self.add_choice(said("Beyond the limit"), "burst", bursts)
        self.person.setFocus()

    def confirm(self) -> None:
        """Give it, or say what is wrong with the first field that is."""
        person, limit = plain(self.person.text(), limit=_NAME_LENGTH).strip(), amount_of(self.limit.text())
        for field in (self.person, self.limit, self.days):
            field.set_error(has_error=False)
        if not person:
            self.refuse(self.person, said("Say who may use it."))
        elif not limit:
            self.refuse(self.limit, said("An amount above 0, such as 8 or 0.5."))
        elif not self._hours():
            self.refuse(self.days, said("More than 0 days and at most {n}; half a day is 0.5.", n=DAYS_MOST))
        else:
            self.intent.emit(
                GiveQuota(
                    beneficiary=person,
                    resource=str(self.resource.currentData()),
                    limit=limit,
                    hours=self._hours(),
                    burst=str(self.burst.currentData()),
                )
            )
            self.accept()

    def _hours(self) -> int:
        """Return how many whole hours it lasts, at least one; 0 for a text that says no such time."""
        days = Decimal(amount_of(self.days.text()) or 0)
        return max(1, int(days * _DAY_H)) if 0 < days <= DAYS_MOST else 0


def _burst_words(times: str) -> str:
    if times == "1":
        return said("Nothing: it stops at the limit")
    return said("Up to {n} % of the limit", n=int(Decimal(times) * 100))
