"""The picture of all controls in all states (00-components)."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from horizon_desktop.presentation.expiry import time_view
from horizon_desktop.presentation.people import BadgeView
from horizon_desktop.presentation.presence_bar import QualityView
from horizon_desktop.widgets.banner import Banner
from horizon_desktop.widgets.button import Button
from horizon_desktop.widgets.chip import Chip, KeyCap
from horizon_desktop.widgets.code_input import CodeInput
from horizon_desktop.widgets.connection_quality_indicator import ConnectionQualityIndicator
from horizon_desktop.widgets.participant_badge import ParticipantBadge
from horizon_desktop.widgets.segmented import AMBER, NEUTRAL, TINTED, Segmented
from horizon_desktop.widgets.session_sun import SessionSun
from horizon_desktop.widgets.text_field import FieldNote, TextField
from horizon_desktop.widgets.text_label import TextLabel
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.toggle import CheckBox, Toggle


def _row(*widgets: QWidget) -> QHBoxLayout:
    line = QHBoxLayout()
    line.setSpacing(10)
    for widget in widgets:
        line.addWidget(widget)
    line.addStretch(1)
    return line


def _head(theme: Theme, text: str) -> TextLabel:
    return TextLabel(theme, text, role="small", tone="text2", weight=600)


def components(theme: Theme) -> QWidget:
    """Return one widget with everything on it."""
    whole = QWidget()
    whole.setProperty("surface", "bg")
    outer = QVBoxLayout(whole)
    outer.setContentsMargins(32, 32, 32, 32)
    outer.setSpacing(8)
    names = ("Cobalt", "Ember", "Pine", "Orchid", "Ochre", "Sky", "Violet", "Slate")
    badges = []
    for index, name in enumerate(names):
        picture = ParticipantBadge(theme, size=36)
        picture.render(BadgeView(peer_id="", name=name, initials=name[:2].upper(), color=index, is_here=index != 5))
        badges.append(picture)
    outer.addLayout(_row(*badges))
    types = (("display", "Session time 42:18"), ("title", "Fix the loss spike"), ("subtitle", "Let them in"))
    outer.addLayout(_row(*(TextLabel(theme, text, role=role) for role, text in types)))
    columns = QHBoxLayout()
    columns.addLayout(_left(theme), 1)
    columns.addLayout(_right(theme), 1)
    outer.addLayout(columns, 1)
    return whole


def _left(theme: Theme) -> QVBoxLayout:
    left = QVBoxLayout()
    left.setSpacing(10)
    left.addWidget(_head(theme, "Buttons"))
    kinds = (("primary", "Create invite", "ticket-plus"), ("secondary", "Copy code", "copy"), ("ghost", "Cancel", ""))
    more = (("danger", "Revoke", ""), ("danger_solid", "Revoke access", ""))
    left.addLayout(_row(*(Button(theme, text, kind=kind, icon=icon) for kind, text, icon in (*kinds, *more))))
    off = [Button(theme, text, kind=kind, icon=icon) for kind, text, icon in kinds]
    for button in off:
        button.setEnabled(False)
    left.addLayout(_row(*off))
    left.addWidget(_head(theme, "Fields"))
    field = TextField(theme, label="Name", name="name")
    field.setText("Fix the loss spike")
    wrong = TextField(theme, label="Link", name="link")
    wrong.setText("http://join")
    wrong.set_error(has_error=True)
    note = FieldNote(theme, name="note")
    note.show_error("This isn't a Horizon link.")
    empty = TextField(theme, label="Link", name="link2", placeholder="Paste invite link")
    for widget in (field, empty, wrong, note):
        left.addWidget(widget)
    left.addWidget(_head(theme, "Choices and switches"))
    edits = Segmented(theme, [(0, "Off", NEUTRAL), (1, "View", TINTED), (2, "Edit", TINTED)], label="Edits", name="a")
    edits.set_value(2)
    shell = Segmented(theme, [(0, "Off", NEUTRAL), (1, "Watch", TINTED), (2, "Control", AMBER)], label="B", name="b")
    shell.set_value(2)
    send = Segmented(theme, [(0, "Off", NEUTRAL), (1, "Send", TINTED)], label="C", name="c")
    send.set_value(0)
    for choice in (edits, shell, send):
        left.addWidget(choice)
    on, no = Toggle(theme, label="On", name="on"), Toggle(theme, label="Off", name="off")
    on.setChecked(True)
    checked = CheckBox(theme, "Remember this host's key", name="x")
    checked.setChecked(True)
    left.addLayout(_row(on, no, checked, CheckBox(theme, "Not checked", name="y")))
    left.addLayout(_row(KeyCap(theme, "Ctrl N"), KeyCap(theme, "F6"), KeyCap(theme, "Esc")))
    left.addStretch(1)
    return left


def _right(theme: Theme) -> QVBoxLayout:
    right = QVBoxLayout()
    right.setSpacing(10)
    right.addWidget(_head(theme, "Connection quality"))
    readings = (
        QualityView(bars=4, path="direct", rtt_ms=18),
        QualityView(bars=3, path="direct", rtt_ms=84),
        QualityView(bars=2, path="relay", rtt_ms=142, loss_permille=20),
        QualityView(bars=1, path="relay", rtt_ms=480, loss_permille=90),
        QualityView(bars=0, path="relay", resume_left_s=266),
    )
    for group in (readings[:2], readings[2:4], readings[4:]):
        shown = []
        for reading in group:
            indicator = ConnectionQualityIndicator(theme)
            indicator.render(reading)
            shown.append(indicator)
        right.addLayout(_row(*shown))
    right.addWidget(_head(theme, "Session sun"))
    suns = []
    for left_s in (3600, 2538, 1440, 587, 105, 0):
        sun = SessionSun(theme, size=56)
        sun.render_time(time_view(left_s, 3600))
        suns.append(sun)
    right.addLayout(_row(*suns))
    right.addWidget(_head(theme, "Chips"))
    right.addLayout(
        _row(
            Chip(theme, "Pair editing", tone="info", icon="pen-line"),
            Chip(theme, "Key checked", tone="ok", icon="fingerprint"),
            Chip(theme, "Slow link", tone="warn", icon="hourglass"),
            Chip(theme, "Locked", tone="bad", icon="lock"),
            Chip(theme, "Guest"),
        )
    )
    code = CodeInput(theme, cell=(35, 45))
    code.setText("K7QF2")
    right.addWidget(code, 0, Qt.AlignmentFlag.AlignLeft)
    for tone, title, text, action in (
        ("info", "Connected through a relay", "A firewall blocks the direct path.", "Try direct again"),
        ("warn", "Ends in 10 minutes", "Everyone stays connected if you extend.", "+30 min"),
        ("bad", "The log was changed outside Horizon", "Entries before 15:41:55 can't be proven.", "Save evidence"),
    ):
        banner = Banner(theme, name="banner")
        banner.show_state(title, text, tone=tone, actions=(("act", action),))
        right.addWidget(banner)
    right.addStretch(1)
    return right
