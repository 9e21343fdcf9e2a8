"""Everybody in the session, one below the other."""

from typing import Final

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from horizon_desktop.presentation.people import PeopleView
from horizon_desktop.widgets.participant_row import ParticipantRow
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.workspace_texts import said

_MOST_LINES: Final = 24


class PeoplePanel(QScrollArea):
    """Rows that stay where they are while people come and go; as high as its people when there is room."""

    intent = Signal(object)

    def __init__(self, theme: Theme, *, is_fitted: bool = True, parent: QWidget | None = None) -> None:
        """Make an empty panel.

        Args:
            is_fitted: Take no more height than the rows need.
        """
        super().__init__(parent)
        self._theme = theme
        self._is_fitted = is_fitted
        self._rows: dict[str, ParticipantRow] = {}
        self.setObjectName("people_panel")
        self.setAccessibleName(said("People"))
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._inside = QWidget()
        self._inside.setProperty("surface", "clear")
        self._column = QVBoxLayout(self._inside)
        self._column.setContentsMargins(16, 13, 12, 13)
        self._column.setSpacing(19)
        self._column.addStretch(1)
        self.setWidget(self._inside)
        self._inside.installEventFilter(self)
        if is_fitted:
            self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    def show_people(self, view: PeopleView) -> None:
        """Show these people in this order."""
        wanted = [row.badge.peer_id for row in view.rows]
        for peer_id in [peer_id for peer_id in self._rows if peer_id not in wanted]:
            gone = self._rows.pop(peer_id)
            self._column.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        for index, person in enumerate(view.rows):
            peer_id = person.badge.peer_id
            if peer_id not in self._rows:
                made = ParticipantRow(self._theme, view.session_id, peer_id, parent=self._inside)
                made.intent.connect(self.intent)
                self._rows[peer_id] = made
                self._column.insertWidget(index, made)
                made.show()
            elif self._column.indexOf(self._rows[peer_id]) != index:
                self._column.removeWidget(self._rows[peer_id])
                self._column.insertWidget(index, self._rows[peer_id])
            self._rows[peer_id].show_person(person)
        if self._is_fitted:
            self._fit()

    def row_of(self, peer_id: str) -> ParticipantRow | None:
        """Return the row of a person, if they are here."""
        return self._rows.get(peer_id)

    def sizeHint(self) -> QSize:
        """As high as the rows at this width, up to a part of the window that leaves room for others."""
        width = max(1, self.viewport().width())
        height = self._column.totalHeightForWidth(width)
        rows = height if height > 0 else self._column.totalSizeHint().height()
        return QSize(super().sizeHint().width(), min(rows, _MOST_LINES * self.fontMetrics().height()))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._inside and event.type() == QEvent.Type.LayoutRequest and self._is_fitted:
            self._fit()
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._is_fitted and event.size().width() != event.oldSize().width():
            self._fit()

    def _fit(self) -> None:
        self._column.invalidate()
        self.updateGeometry()
