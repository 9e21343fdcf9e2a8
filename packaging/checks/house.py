"""The rules of the house that no general linter knows; run as a script it prints each breach and exits 1."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from rules import CATCH_ALL_HOMES, HOMES, IMPURE_CALLS, IMPURE_MODULES, PURE_FLOORS

ROOT: Final = Path(__file__).resolve().parents[2]
MAX_LINES: Final = 400
LOCAL_PLACES: Final = tuple({f"{ROOT.parent}/", f"{Path.home()}/"} - {"//"})
"""Folders that exist on this machine only."""


class Breach(NamedTuple):
    """One rule broken at one place."""

    path: Path
    line: int
    words: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.words}"


def tracked(*patterns: str) -> list[Path]:
    """Return the tracked and the new, not ignored, files below the root that match a pattern."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [Path(name) for name in sorted(set(listed.splitlines())) if (ROOT / name).is_file()]


def imported(node: ast.AST) -> Iterator[str]:
    """Yield the module names that an import statement brings in."""
    if isinstance(node, ast.Import):
        yield from (name.name for name in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
        yield node.module
        yield from (f"{node.module}.{name.name}" for name in node.names)


def dotted(node: ast.expr) -> str:
    """Return `a.b.c` of a name or attribute chain, empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        inner = dotted(node.value)
        return f"{inner}.{node.attr}" if inner else f".{node.attr}"
    return ""


def is_within(path: Path, homes: tuple[str, ...]) -> bool:
    """Say whether path is one of these files or below one of these folders."""
    text = path.as_posix()
    return any(text == home or text.startswith(f"{home}/") for home in homes)


def check_purity(path: Path, tree: ast.AST) -> Iterator[Breach]:
    """Pure floors use no loop, window, database, socket, clock, randomness or log."""
    if not is_within(path, PURE_FLOORS):
        return
    for node in ast.walk(tree):
        for name in imported(node):
            if name.split(".")[0] in IMPURE_MODULES or name in IMPURE_CALLS:
                yield Breach(path, node.lineno, f"a pure floor imports {name}: take it as an argument")  # type: ignore[attr-defined]
        if isinstance(node, ast.Call) and dotted(node.func) in IMPURE_CALLS:
            yield Breach(
                path, node.lineno, f"a pure floor calls {dotted(node.func)}: take time and chance as arguments"
            )


def check_homes(path: Path, tree: ast.AST) -> Iterator[Breach]:
    """Each outside library lives in one room."""
    if not is_within(path, ("horizon_desktop",)):
        return
    for node in ast.walk(tree):
        for module in {name.split(".")[0] for name in imported(node)}:
            homes = HOMES.get(module)
            if homes is not None and not is_within(path, homes):
                line = node.lineno  # type: ignore[attr-defined]
                yield Breach(path, line, f"{module} lives in {', '.join(homes)}")


def check_owners(path: Path, tree: ast.AST) -> Iterator[Breach]:
    """Every task is started by a task group or a task scope."""
    if not is_within(path, ("horizon_desktop",)):
        return
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = dotted(node.func)
        owner, _, verb = called.rpartition(".")
        is_bare = verb == "ensure_future" or (verb == "create_task" and ("loop" in owner or owner in {"asyncio", ""}))
        if is_bare:
            yield Breach(path, node.lineno, f"{called} has no owner: start it in a TaskGroup or the TaskScope")


def check_catch_all(path: Path, tree: ast.AST) -> Iterator[Breach]:
    """Catch-all stands in the worker supervisor and the task scope only."""
    if not is_within(path, ("horizon_desktop",)) or is_within(path, CATCH_ALL_HOMES):
        return
    for node in ast.walk(tree):
        if not isinstance(node, ast.ExceptHandler):
            continue
        caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
        if any(kind is None or dotted(kind) in {"Exception", "BaseException"} for kind in caught) and not _only_raises(
            node
        ):
            yield Breach(
                path, node.lineno, "catch what you can mend: catch-all stands in the supervisor and the task scope only"
            )


def _only_raises(handler: ast.ExceptHandler) -> bool:
    """Undo and raise again is no catch-all: the failure is still seen."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def check_shape(path: Path, tree: ast.Module, lines: int) -> Iterator[Breach]:
    """A file tells its subject first, stays below 400 lines, and a package's face holds a docstring only."""
    if is_within(path, ("tests/network/natlab",)):
        return
    if ast.get_docstring(tree) is None:
        yield Breach(path, 1, "the first line tells the file's one subject")
    if lines > MAX_LINES and is_within(path, ("horizon_desktop",)):
        yield Breach(path, MAX_LINES, f"{lines} lines: split by subject at {MAX_LINES}")
    if path.name == "__init__.py" and len(tree.body) > 1 and is_within(path, ("horizon_desktop",)):
        yield Breach(path, tree.body[1].lineno, "an __init__ holds a docstring, nothing else")
    if path.stem in {"utils", "helpers", "common", "misc", "manager"}:
        yield Breach(path, 1, f"{path.stem} names no subject")


def check_mocks(path: Path, tree: ast.AST) -> Iterator[Breach]:
    """Ports have fakes; nothing is mocked."""
    for node in ast.walk(tree):
        if any(name.startswith(("unittest.mock", "mock")) or name == "pytest_mock" for name in imported(node)):
            yield Breach(path, node.lineno, "no mocks: write a fake in tests/fakes/")  # type: ignore[attr-defined]


def check_words(path: Path) -> Iterator[Breach]:
    """No file names this machine's own folders; locks and build settings hold no address of a registry."""
    try:
        text = (ROOT / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return
    for number, line in enumerate(text.splitlines(), 1):
        if any(place in line for place in LOCAL_PLACES):
            yield Breach(path, number, "names a folder of this machine")
        if path.suffix == ".lock" and "://" in line:
            yield Breach(path, number, "a lock holds no address")
        if "index-url" in line.replace("--no-emit-index-url", "") and not is_within(path, ("packaging/checks",)):
            yield Breach(path, number, "names a package index: the machine's own settings do that")


def breaches() -> Iterator[Breach]:
    """Yield every broken rule of the tree as it lies on disk."""
    for path in tracked():
        yield from check_words(path)
    for path in tracked("*.py"):
        source = (ROOT / path).read_text(encoding="utf-8")
        tree = ast.parse(source, str(path))
        yield from check_shape(path, tree, source.count("\n"))
        for check in (check_purity, check_homes, check_owners, check_catch_all, check_mocks):
            yield from check(path, tree)


def main() -> int:
    """Print every breach; return 1 when there is one."""
    found = list(breaches())
    for breach in found:
        print(breach)
    print(f"house: {len(found)} breaches" if found else "house: in order")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
