"""Compile what Qt needs into horizon_desktop/_generated: forms to Python, resources to one binary file.

Runs as a hatch hook for wheels and editable installs, and by hand: `python packaging/hatch_build.py`.
Only what is older than its source is made again.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
import xml.sax.saxutils
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

RESOURCE_SUFFIXES: Final = frozenset({".svg", ".png", ".ttf", ".otf", ".qm", ".qss", ".json", ".txt"})
GENERATED: Final = Path("horizon_desktop") / "_generated"


def tool(name: str) -> Path:
    """Return the path of one of Qt's compilers (`uic`, `rcc`) inside the PySide6 package.

    Raises:
        FileNotFoundError: PySide6 is not installed, or lacks the tool.
    """
    spec = importlib.util.find_spec("PySide6")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("PySide6 is not installed: run `make run` once, it sets everything up")
    home = Path(next(iter(spec.submodule_search_locations)))
    for place in (home / "Qt" / "libexec" / name, home / f"{name}.exe", home / name):
        if place.is_file():
            return place
    raise FileNotFoundError(f"{name} is not in {home}")


def compile_forms(root: Path) -> None:
    """Bring `ui_NAME.py` up to date with every `ui/NAME.ui`; forms that are gone lose their module."""
    target = root / GENERATED
    wanted = {f"ui_{form.stem}.py": form for form in sorted((root / "ui").glob("*.ui"))}
    for made in target.glob("ui_*.py"):
        if made.name not in wanted:
            made.unlink()
    for name, form in wanted.items():
        if _is_older(target / name, [form]):
            _run(tool("uic"), "-g", "python", form, "-o", target / name)


def compile_resources(root: Path) -> None:
    """Bring `resources.rcc` up to date with everything in resources/ and the style sheet template in ui/."""
    target = root / GENERATED
    files = list(_resource_files(root))
    listing = target / "resources.qrc"
    text = _listing(root, files)
    is_same_listing = listing.is_file() and listing.read_text(encoding="utf-8") == text
    if is_same_listing and not _is_older(target / "resources.rcc", files):
        return
    listing.write_text(text, encoding="utf-8")
    if not files:
        (target / "resources.rcc").unlink(missing_ok=True)
        return
    _run(tool("rcc"), "-binary", listing, "-o", target / "resources.rcc")


def copy_policies(root: Path) -> None:
    """Put the policy templates beside the compiled resources: the command line and the hub read them without Qt."""
    target = root / GENERATED / "policies"
    target.mkdir(exist_ok=True)
    wanted = {path.name: path for path in sorted((root / "resources" / "policies").glob("*.yaml"))}
    for made in target.iterdir():
        if made.name not in wanted:
            made.unlink()
    for name, path in wanted.items():
        if _is_older(target / name, [path]):
            shutil.copyfile(path, target / name)


def build(root: Path) -> None:
    """Make everything in horizon_desktop/_generated that is missing or out of date."""
    (root / GENERATED).mkdir(parents=True, exist_ok=True)
    compile_forms(root)
    compile_resources(root)
    copy_policies(root)


def _resource_files(root: Path) -> Iterator[Path]:
    for path in sorted((root / "resources").rglob("*")):
        if path.is_file() and path.suffix in RESOURCE_SUFFIXES:
            yield path
    yield from sorted((root / "ui").glob("*.qss"))


def _listing(root: Path, files: list[Path]) -> str:
    """Name each file by its path below resources/ (`:/icons/copy.svg`), the templates by `:/ui/...`."""
    rows = []
    for path in files:
        inside = path.relative_to(root)
        alias = inside.relative_to("resources") if inside.parts[0] == "resources" else inside
        name = xml.sax.saxutils.quoteattr(alias.as_posix())
        source = Path(os.path.relpath(path, root / GENERATED)).as_posix()
        rows.append(f"    <file alias={name}>{xml.sax.saxutils.escape(source)}</file>")
    body = "\n".join(rows)
    return f'<RCC>\n  <qresource prefix="/">\n{body}\n  </qresource>\n</RCC>\n'


def _is_older(made: Path, sources: list[Path]) -> bool:
    if not made.is_file():
        return True
    return any(source.stat().st_mtime_ns > made.stat().st_mtime_ns for source in sources)


def _run(*command: str | Path) -> None:
    subprocess.run([str(part) for part in command], check=True)


class QtBuildHook(BuildHookInterface[Any]):
    """Runs `build` before hatch collects the package's files."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Fill horizon_desktop/_generated; the wheel's artifacts come from there."""
        build(Path(self.root))


if __name__ == "__main__":
    build(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent)
