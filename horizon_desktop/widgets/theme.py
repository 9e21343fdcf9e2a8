"""The theme: tokens as Fusion palette, style sheet, fonts and tinted icons; light, dark, or as the system is."""

import re
from typing import Final

import msgspec
from PySide6.QtCore import QByteArray, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QGuiApplication,
    QIcon,
    QPainter,
    QPalette,
    QPixmap,
)
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QStyleFactory

from horizon_desktop.widgets.resources import Resources
from horizon_desktop.widgets.tokens import Fill, Glyph, Shadow, Tokens

FONT_FILES: Final = (
    "Inter_400Regular",
    "Inter_500Medium",
    "Inter_600SemiBold",
    "Inter_700Bold",
    "JetBrainsMono_400Regular",
    "JetBrainsMono_600SemiBold",
)
CHOICES: Final = ("system", "light", "dark")
_MONO_ROLES: Final = frozenset({"code", "code_xl"})
_SPACING: Final = {"display": -0.2, "title": -0.2, "code_xl": 1.3}
"""Pixels between letters of the large roles."""
_STRONG: Final = {"line": "line_strong", "control_border": "line_strong", "selected": "pressed"}
_THIN_FROM_PX: Final = 16
_ROLE_COLORS: Final = (
    (QPalette.ColorRole.Window, "bg"),
    (QPalette.ColorRole.WindowText, "text"),
    (QPalette.ColorRole.Base, "field"),
    (QPalette.ColorRole.AlternateBase, "sunken"),
    (QPalette.ColorRole.Text, "text"),
    (QPalette.ColorRole.Button, "surface"),
    (QPalette.ColorRole.ButtonText, "text"),
    (QPalette.ColorRole.BrightText, "bad"),
    (QPalette.ColorRole.ToolTipBase, "overlay"),
    (QPalette.ColorRole.ToolTipText, "text"),
    (QPalette.ColorRole.PlaceholderText, "text3"),
    (QPalette.ColorRole.Highlight, "accent"),
    (QPalette.ColorRole.HighlightedText, "on_accent"),
    (QPalette.ColorRole.Accent, "accent"),
    (QPalette.ColorRole.Link, "accent_text"),
    (QPalette.ColorRole.LinkVisited, "accent_text"),
    (QPalette.ColorRole.Light, "raised"),
    (QPalette.ColorRole.Midlight, "hover"),
    (QPalette.ColorRole.Mid, "line"),
    (QPalette.ColorRole.Dark, "line_strong"),
    (QPalette.ColorRole.Shadow, "shadow"),
)
_DISABLED_ROLES: Final = (
    QPalette.ColorRole.WindowText,
    QPalette.ColorRole.Text,
    QPalette.ColorRole.ButtonText,
)


class Theme(QObject):
    """What every widget asks for colours, fonts, sizes and icons. `changed` follows each switch of light and dark."""

    changed = Signal()

    def __init__(self, resources: Resources, *, choice: str = "system", text_scale: float = 1.0) -> None:
        """Read the tokens; `apply` puts them on the application.

        Args:
            resources: Where tokens, icons, fonts and the style sheet lie.
            choice: system, light or dark.
            text_scale: The system's text scale; 1.0 is the design's size, 2.0 twice as large.
        """
        super().__init__()
        self._resources = resources
        self.tokens: Final = Tokens.parse(resources.read("tokens.json"))
        self.text_scale: Final = text_scale
        self.pictures: Final = _pictures(resources.read("key_pictures.json"))
        self._template = resources.read("ui/theme.qss").decode()
        self._choice = choice
        self._is_reduced = False
        self._is_high_contrast = False
        self._application: QApplication | None = None
        self._hints = QGuiApplication.styleHints()  # kept: the object dies with its last reference
        self._pixmaps: dict[tuple[str, int, str, float], QPixmap] = {}
        self._svgs: dict[str, bytes] = {}

    # --- which theme ---

    @property
    def choice(self) -> str:
        """system, light or dark."""
        return self._choice

    @property
    def name(self) -> str:
        """light or dark: what is shown now."""
        if self._choice != "system":
            return self._choice
        scheme = self._hints.colorScheme()
        return "dark" if scheme == Qt.ColorScheme.Dark else "light"

    @property
    def is_dark(self) -> bool:
        return self.name == "dark"

    def choose(self, choice: str) -> None:
        """Show light, dark, or what the system shows."""
        if choice not in CHOICES:
            raise ValueError(f"theme must be one of {CHOICES}, not {choice!r}")
        if choice != self._choice:  # a style sheet set again is worked out anew for every widget
            self._choice = choice
            self._refresh()

    def raise_contrast(self, *, is_high: bool) -> None:
        """Draw separators as strong as outlines, and drop the soft tints."""
        self._is_high_contrast = is_high
        self._refresh()

    def reduce_motion(self, *, is_reduced: bool) -> None:
        """Let every animation take no time."""
        self._is_reduced = is_reduced

    def apply(self, application: QApplication) -> None:
        """Put fonts, palette and style sheet on the application, and keep following the system."""
        for name in FONT_FILES:
            data = self._resources.read(f"fonts/{name}.ttf")
            QFontDatabase.addApplicationFontFromData(QByteArray(data))
        self._application = application
        style = QStyleFactory.create("Fusion")
        application.setStyle(style)
        application.setFont(self.font("body"))
        self._is_reduced = self._asks("motionPreference", "ReducedMotion")
        self._is_high_contrast = self._asks("contrastPreference", "HighContrast")
        self._hints.colorSchemeChanged.connect(self._follow_system)
        self._refresh()

    def _asks(self, question: str, answer: str) -> bool:
        accessibility = getattr(self._hints, "accessibility", None)  # contrast since Qt 6.10, motion since 6.12
        preference = getattr(accessibility(), question, None) if accessibility is not None else None
        return preference is not None and preference().name == answer

    def _follow_system(self) -> None:
        if self._choice == "system":
            self._refresh()

    def _refresh(self) -> None:
        self._pixmaps.clear()
        if self._application is not None:
            self._application.setPalette(self.palette())
            self._application.setStyleSheet(self.style_sheet())
        self.changed.emit()

    # --- colours ---

    def hex(self, token: str) -> str:
        """Return a colour as #RRGGBB."""
        if self._is_high_contrast:
            token = _STRONG.get(token, "surface" if token.endswith("_soft") else token)
        return self.tokens.color[self.name][token]

    def color(self, token: str) -> QColor:
        """Return the colour of a token in the theme shown now."""
        return QColor(self.hex(token))

    def identity(self, index: int) -> Fill:
        """Return fill and text colour of a participant's colour, 0 to 7; a ninth person has the first again."""
        identity = self.tokens.identity[index % len(self.tokens.identity)]
        return identity.dark if self.is_dark else identity.light

    def identity_color(self, index: int) -> QColor:
        """Return the fill of a participant's colour."""
        return QColor(self.identity(index).fill)

    def identity_text(self, index: int) -> QColor:
        """Return the text colour that stands on a participant's colour."""
        return QColor(self.identity(index).on)

    def glyph(self, index: int) -> Glyph:
        """Return the shape bound to a participant's colour."""
        return self.tokens.glyph[self.glyph_name(index)]

    def glyph_name(self, index: int) -> str:
        return self.tokens.identity[index % len(self.tokens.identity)].glyph

    def palette(self) -> QPalette:
        """Return the palette of the theme shown now, with its disabled group."""
        palette = QPalette()
        for role, token in _ROLE_COLORS:
            palette.setColor(role, self.color(token))
        for role in _DISABLED_ROLES:
            palette.setColor(QPalette.ColorGroup.Disabled, role, self.color("text_disabled"))
        return palette

    def style_sheet(self) -> str:
        """Return ui/theme.qss with every @token@ and @pixels:n@ filled in."""
        filled = re.sub(r"@px:(\d+)@", lambda match: f"{self.px(int(match.group(1)))}px", self._template)
        return re.sub(r"@(\w+)@", lambda match: self.hex(match.group(1)), filled)

    # --- sizes, motion, fonts ---

    def px(self, pixels: int) -> int:
        """Return a length of the design at the system's text scale."""
        return round(pixels * self.text_scale)

    def motion_ms(self, name: str) -> int:
        """Return how long an animation (fast_ms, base_ms, slow_ms) takes; 0 when motion is reduced."""
        return 0 if self._is_reduced else self.tokens.motion_ms[name]

    def shadow(self, level: str) -> Shadow:
        """Return the shadow of an elevation: e2 or e3."""
        return self.tokens.elevation[level]

    def font(self, role: str, *, weight: int = 0, px: int = 0) -> QFont:
        """Return the font of a type role, with tabular figures, or without ligatures in mono.

        Args:
            role: Of the type scale: display, title, subtitle, label, body, small, caption, code, code_xl, countdown.
            weight: 400 to 700 instead of the role's own.
            px: Another size, before text scaling.
        """
        row = self.tokens.type[role]
        is_mono = role in _MONO_ROLES
        font = QFont()
        font.setFamilies(list(self.tokens.mono_families if is_mono else self.tokens.ui_families))
        font.setPixelSize(self.px(px or row.px))
        font.setWeight(QFont.Weight(weight or row.weight))
        font.setStyleHint(QFont.StyleHint.Monospace if is_mono else QFont.StyleHint.SansSerif)
        feature, value = ("calt", 0) if is_mono else ("tnum", 1)
        font.setFeature(QFont.Tag(feature), value)
        if role in _SPACING:
            font.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, _SPACING[role] * self.text_scale)
        return font

    # --- pictures ---

    def pixmap(self, name: str, size: int, token: str, ratio: float) -> QPixmap:
        """Return a Lucide icon tinted with a token, sharp at the device pixel ratio.

        Args:
            name: File name in resources/icons without .svg.
            size: Edge in pixels, before text scaling.
            token: A colour token, or a colour as #RRGGBB.
            ratio: The device pixel ratio of the screen it is drawn on.
        """
        color = token if token.startswith("#") else self.hex(token)
        key = (name, size, color, ratio)
        if key not in self._pixmaps:
            self._pixmaps[key] = self._drawn(self._icon_svg(name, size, color), size, ratio)
        return self._pixmaps[key]

    def icon(self, name: str, size: int, token: str) -> QIcon:
        """Return an icon for menus and window parts that take a QIcon."""
        icon = QIcon(self.pixmap(name, size, token, 1.0))
        icon.addPixmap(self.pixmap(name, size, token, 2.0))
        icon.addPixmap(self.pixmap(name, size, "text_disabled", 2.0), QIcon.Mode.Disabled)
        return icon

    def brand(self, name: str, size: int, ratio: float) -> QPixmap:
        """Return a brand picture: horizon, or horizon-symbolic."""
        key = (f"brand/{name}", size, "", ratio)
        if key not in self._pixmaps:
            svg = self._resources.read(f"brand/{name}.svg")
            self._pixmaps[key] = self._drawn(svg, size, ratio)
        return self._pixmaps[key]

    def _icon_svg(self, name: str, size: int, color: str) -> bytes:
        if name not in self._svgs:
            self._svgs[name] = self._resources.read(f"icons/{name}.svg")
        stroke = "1.75" if size >= _THIN_FROM_PX else "2.1"
        text = self._svgs[name].decode().replace("currentColor", color)
        return text.replace('stroke-width="2"', f'stroke-width="{stroke}"').encode()

    def _drawn(self, svg: bytes, size: int, ratio: float) -> QPixmap:
        edge = round(self.px(size) * ratio)
        pixmap = QPixmap(QSize(edge, edge))
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        QSvgRenderer(QByteArray(svg)).render(painter, QRectF(0, 0, edge, edge))
        painter.end()
        pixmap.setDevicePixelRatio(ratio)
        return pixmap


class _Picture(msgspec.Struct, frozen=True):
    icon: str
    word: str


def _pictures(raw: bytes) -> tuple[tuple[str, str], ...]:
    """Return icon and word of each of the 64 key pictures, in their fixed order."""
    rows = msgspec.json.decode(raw, type=tuple[_Picture, ...])
    return tuple((row.icon, row.word) for row in rows)
