"""The two dialogs of pools: asking one for an amount, and offering one."""

import secrets

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from horizon_desktop.presentation.plain_text import plain
from horizon_desktop.presentation.usage_intents import OfferPool, RequestHours
from horizon_desktop.presentation.usage_page import PoolRowView, amount_of
from horizon_desktop.widgets.field_dialog import FieldDialog
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.usage_texts import RESOURCES, resource_words, usage_phrase
from horizon_desktop.widgets.workspace_texts import said


class RequestDialog(FieldDialog):
    """Asks a pool; whoever keeps it decides, or its own rule does."""

    intent = Signal(object)

    def __init__(self, theme: Theme, pools: tuple[PoolRowView, ...], parent: QWidget) -> None:
        super().__init__(
            theme, title=said("Request hours"), confirm=said("Request"), name="request_dialog", parent=parent
        )
        self._key = secrets.token_hex(16)
        choices = tuple((pool.pool_id, f"{pool.name} \u00b7 {usage_phrase(pool.left)}") for pool in pools)
        self.pool = self.add_choice(said("Pool"), "pool", choices)
        self.amount = self.add_text(said("Amount"), "amount")
        self.purpose = self.add_text(said("What it is for"), "purpose", placeholder=said("Whoever decides reads this"))
        self._bounties = {pool.pool_id for pool in pools if pool.kind == "bounty"}
        self.amount.setFocus()

    def confirm(self) -> None:
        """Ask, once for each opening of this dialog."""
        amount = amount_of(self.amount.text())
        pool, purpose = str(self.pool.currentData()), plain(self.purpose.text(), limit=320)
        if not amount:
            self.refuse(self.amount, said("An amount above 0, such as 8 or 0.5."))
        elif pool in self._bounties and not purpose:
            self.refuse(self.purpose, said("A bounty is given for work that is named."))
        else:
            self.intent.emit(RequestHours(pool_id=pool, amount=amount, purpose=purpose, key=self._key))
            self.accept()


class OfferDialog(FieldDialog):
    """Opens a pool that others may ask; each request waits for this person."""

    intent = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, title=said("Offer GPU time"), confirm=said("Offer"), name="offer_dialog", parent=parent)
        self.name_field = self.add_text(said("Name"), "name", placeholder=said("Night pool"))
        self.name_field.setMaxLength(80)
        self.resource = self.add_choice(
            said("What"), "resource", tuple((resource, resource_words(resource)) for resource in RESOURCES)
        )
        self.total = self.add_text(said("In all"), "total")
        self.share = self.add_text(said("At most for one person"), "share")

    def confirm(self) -> None:
        """Offer it."""
        name = plain(self.name_field.text(), limit=80)
        total, share = amount_of(self.total.text()), amount_of(self.share.text())
        if not name:
            self.refuse(self.name_field, said("Give it a name, so that others know what it is."))
        elif not total:
            self.refuse(self.total, said("An amount above 0, such as 8 or 0.5."))
        elif not share or float(share) > float(total):
            self.refuse(self.share, said("More than 0, and at most {n}.", n=total))
        else:
            resource = str(self.resource.currentData())
            self.intent.emit(OfferPool(name=name, resource=resource, total=total, most_per_user=share))
            self.accept()
