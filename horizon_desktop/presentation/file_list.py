"""The shared files as a folder tree with the people that are in them."""

import msgspec

from horizon_desktop.presentation.people import BadgeView

_CONFIG_ENDINGS = frozenset({"yaml", "yml", "toml", "ini", "cfg", "json", "conf", "env", "properties", "lock"})
_TEXT_ENDINGS = frozenset({"md", "txt", "rst", "log", "csv", "tsv", "adoc", "org", ""})


class FileItem(msgspec.Struct, frozen=True, kw_only=True):
    """One shared file as the state knows it: the input of `tree_rows`."""

    file_id: bytes
    path: str
    """Relative, with / between parts."""
    may_edit: bool = True
    problem: str = ""
    """Empty, or the copy deck's key of what keeps it from being saved."""
    people: tuple[BadgeView, ...] = ()
    """Who else is in it now."""
    has_guest_edits: bool = False
    """A guest changed it, so that there is something to restore and compare."""


class FileRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the tree: a folder (no file id) or a file."""

    name: str
    path: str
    depth: int
    is_folder: bool
    file_id: bytes = b""
    icon: str = "file-text"
    is_selected: bool = False
    may_edit: bool = True
    problem: str = ""
    people: tuple[BadgeView, ...] = ()
    has_guest_edits: bool = False


class FileListView(msgspec.Struct, frozen=True, kw_only=True):
    session_id: str
    is_host: bool
    """Only the host adds, removes, restores and compares."""
    rows: tuple[FileRow, ...] = ()
    files: int = 0


def icon_of(name: str) -> str:
    """Return the icon for a file name, by its ending."""
    ending = name.rsplit(".", 1)[1].lower() if "." in name.lstrip(".") else ""
    if ending in _CONFIG_ENDINGS or name.startswith("."):
        return "file-cog"
    if ending in _TEXT_ENDINGS:
        return "file-text"
    return "file-code"


def tree_rows(items: tuple[FileItem, ...], *, root: str = "", selected: bytes = b"") -> tuple[FileRow, ...]:
    """Return folders and files in reading order: folders by name, each before its files.

    Args:
        items: The shared files in any order. Two may bear one path; both are shown.
        root: Name of the shared root; when given it is the first row and all else stands below it.
        selected: File id of the file in front.
    """
    rows: list[FileRow] = []
    base = 0
    if root and items:
        rows.append(FileRow(name=root, path="", depth=0, is_folder=True, icon="folder-open"))
        base = 1
    shown: set[str] = set()
    for item in sorted(items, key=_order):
        parts = item.path.split("/")
        for level in range(1, len(parts)):
            folder = "/".join(parts[:level])
            if folder not in shown:
                shown.add(folder)
                rows.append(
                    FileRow(
                        name=parts[level - 1],
                        path=folder,
                        depth=base + level - 1,
                        is_folder=True,
                        icon="folder-open",
                    )
                )
        rows.append(_file_row(item, parts, base, selected))
    return tuple(rows)


def _file_row(item: FileItem, parts: list[str], base: int, selected: bytes) -> FileRow:
    return FileRow(
        name=parts[-1],
        path=item.path,
        depth=base + len(parts) - 1,
        is_folder=False,
        file_id=item.file_id,
        icon=icon_of(parts[-1]),
        is_selected=item.file_id == selected,
        may_edit=item.may_edit,
        problem=item.problem,
        people=item.people,
        has_guest_edits=item.has_guest_edits,
    )


def _order(item: FileItem) -> tuple[tuple[int, str, str], ...]:
    parts = item.path.split("/")
    folders = tuple((0, part.casefold(), part) for part in parts[:-1])
    return (*folders, (1, parts[-1].casefold(), parts[-1]))
