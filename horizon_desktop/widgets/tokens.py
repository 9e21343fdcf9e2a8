"""The design's tokens as values: colours, identities, type, sizes; read from resources/tokens.json."""

from typing import Self

import msgspec


class Fill(msgspec.Struct, frozen=True):
    """A fill and the text colour that stands on it, as #RRGGBB."""

    fill: str
    on: str


class Identity(msgspec.Struct, frozen=True):
    """One of the eight colours of participants, bound to its glyph."""

    index: int
    name: str
    glyph: str
    light: Fill
    dark: Fill


class Glyph(msgspec.Struct, frozen=True):
    """A shape in the unit box, x and y from -1 to 1, y down: a circle, a ring, a square or a polygon."""

    r: float = 0.0
    hole: float = 0.0
    half: float = 0.0
    points: tuple[tuple[float, float], ...] = ()


class TypeRole(msgspec.Struct, frozen=True):
    """One role of the type scale, in pixels before text scaling."""

    px: int
    weight: int
    line: int


class Pair(msgspec.Struct, frozen=True):
    """Two tokens that meet on the screen, and the contrast they need."""

    fg: str
    bg: str
    ratio: float
    min: float


class Shadow(msgspec.Struct, frozen=True):
    """A soft shadow, in pixels."""

    blur: int = 0
    dy: int = 0
    alpha: dict[str, float] = {}


class _Fonts(msgspec.Struct, frozen=True):
    ui: tuple[str, ...]
    mono: tuple[str, ...]


class _File(msgspec.Struct, frozen=True):
    color: dict[str, dict[str, str]]
    identity: tuple[Identity, ...]
    glyph: dict[str, msgspec.Raw]
    font: _Fonts
    type: dict[str, TypeRole]
    elevation: dict[str, Shadow]
    motion: dict[str, int | str]
    contrast: dict[str, tuple[Pair, ...]]


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the theme is made from."""

    color: dict[str, dict[str, str]]
    """Theme name (light, dark) to token name to #RRGGBB."""
    identity: tuple[Identity, ...]
    glyph: dict[str, Glyph]
    ui_families: tuple[str, ...]
    mono_families: tuple[str, ...]
    type: dict[str, TypeRole]
    elevation: dict[str, Shadow]
    motion_ms: dict[str, int]
    contrast: dict[str, tuple[Pair, ...]]

    @classmethod
    def parse(cls, raw: bytes) -> Self:
        """Read tokens.json.

        Raises:
            msgspec.ValidationError: the file is not what the window was written for.
        """
        file = msgspec.json.decode(raw, type=_File)
        glyphs = {
            name: msgspec.json.decode(shape, type=Glyph)
            for name, shape in file.glyph.items()
            if not name.startswith("_")
        }
        motion = {name: value for name, value in file.motion.items() if isinstance(value, int)}
        return cls(
            color=file.color,
            identity=file.identity,
            glyph=glyphs,
            ui_families=file.font.ui,
            mono_families=file.font.mono,
            type=file.type,
            elevation=file.elevation,
            motion_ms=motion,
            contrast=file.contrast,
        )
