"""Where link and code come from: prompt, stdin, a file, or (with a warning) arguments (PROTOCOL section 2)."""

from pathlib import Path
from typing import Final

import msgspec

from horizon_desktop.cli.texts import note
from horizon_desktop.cli.typed_lines import TypedLines
from horizon_desktop.errors import UsageError

FROM_STDIN: Final = "-"
_MAX_FILE_BYTES: Final = 4096


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """A link, and a code where it came along. Neither is ever shown."""

    link: str
    code: str | None
    has_warning: bool
    """They were arguments, which others on this machine can read."""

    def __repr__(self) -> str:
        return "Credentials(...)"


async def find_link(link: str | None, code: str | None, file: Path | None, lines: TypedLines) -> Credentials:
    """Return the link and, from stdin or a file, the code with it.

    Raises:
        UsageError: credentials.link (there is none), credentials.twice, credentials.file.
    """
    if file is not None:
        if link is not None:
            raise UsageError("a link and --from were given", code="credentials.twice")
        first, second = _read_pair(file)
        return Credentials(link=first, code=code or second, has_warning=code is not None)
    if link is not None and link != FROM_STDIN:
        return Credentials(link=link, code=code, has_warning=True)
    is_asked = link is None and lines.is_person
    typed = await (lines.ask(note("ask_link"), is_hidden=False) if is_asked else lines.next())
    if not typed or not typed.strip():
        raise UsageError("no link was given", code="credentials.link")
    if link == FROM_STDIN and code is None and not lines.is_person:
        code, has_warning = (await lines.next() or "").strip() or None, False
    else:
        has_warning = code is not None
    return Credentials(link=typed.strip(), code=code, has_warning=has_warning)


async def ask_code(lines: TypedLines) -> str:
    """Return the code, typed unseen or read from stdin. Raises UsageError (credentials.code)."""
    typed = await lines.ask(note("ask_code"), is_hidden=True)
    if not typed or not typed.strip():
        raise UsageError("no code was given", code="credentials.code")
    return typed.strip()


def _read_pair(file: Path) -> tuple[str, str | None]:
    try:
        with file.open("rb") as opened:
            text = opened.read(_MAX_FILE_BYTES).decode("utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise UsageError(f"cannot read {file}", code="credentials.file", file=str(file)) from exc
    found = [line.strip() for line in text.splitlines() if line.strip()]
    if not found:
        raise UsageError(f"{file} is empty", code="credentials.file", file=str(file))
    return found[0], found[1] if len(found) > 1 else None
