"""How a file indents, and one step more or less of it."""

_WIDEST = 8


def indent_of(line: str) -> str:
    """Return the blanks that a line begins with."""
    return line[: len(line) - len(line.lstrip(" \t"))]


def unit_of(lines: list[str]) -> str:
    """Return one step of indentation as these lines do it: a tab, or the smallest width in use; else four."""
    indents = [indent_of(line) for line in lines if line.strip()]
    tabs = sum(indent.startswith("\t") for indent in indents)
    widths = [len(indent) for indent in indents if indent and not indent.startswith("\t")]
    if tabs > len(widths):
        return "\t"
    fitting = [width for width in widths if 2 <= width <= _WIDEST]
    return " " * min(fitting, default=4)


def indented(line: str, unit: str, *, is_deeper: bool) -> tuple[int, str]:
    """Return how many characters to take from the line's start and what to put there, for one step more or less."""
    if is_deeper:
        return (0, unit) if line.strip() else (0, "")
    if line.startswith("\t"):
        return 1, ""
    blanks = len(line) - len(line.lstrip(" "))
    return min(blanks, 4 if unit == "\t" else len(unit)), ""
