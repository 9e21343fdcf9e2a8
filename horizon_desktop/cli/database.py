"""`horizon db`: is the database what this version expects, and bring it up or down."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any, Final

import typer

from horizon_desktop.cli.doors import Doors
from horizon_desktop.cli.report import Report
from horizon_desktop.errors import EXIT_OK, UsageError
from horizon_desktop.ports.database_care import DatabaseMoved

Run = Callable[[Callable[[Report], Coroutine[Any, Any, int]], bool], None]
"""Runs a command to its exit status; the flag asks for JSON."""
EXIT_DIFFERS: Final = 1
_JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")]
_ProfileOption = Annotated[str | None, typer.Option("--profile", metavar="NAME", help="Use this profile.")]
_DatabaseOption = Annotated[
    str,
    typer.Option(
        "--database",
        metavar="URL",
        help="This database: sqlite:///PATH, or postgresql://USER@HOST/NAME (a password belongs in ~/.pgpass or "
        "HORIZON_DATABASE__URL). Left out: the configured one, else the profile's.",
    ),
]


def add_database(app: typer.Typer, doors: Doors, run: Run) -> None:
    """Give the command line its `db` commands."""
    group = typer.Typer(no_args_is_help=True, help="The database: check it, bring it up, bring it down.")
    app.add_typer(group, name="db")

    @group.command("check")
    def check_command(
        context: typer.Context,
        profile: _ProfileOption = None,
        database: _DatabaseOption = "",
        json: _JsonOption = False,
    ) -> None:
        """Say in words what differs from what this version expects; exit status 1 when something does."""
        run(lambda report: _check(doors, profile or context.obj, database, report), json)

    @group.command("upgrade")
    def upgrade_command(
        context: typer.Context,
        profile: _ProfileOption = None,
        database: _DatabaseOption = "",
        json: _JsonOption = False,
    ) -> None:
        """Bring the database to the newest revision; a file is copied before."""
        run(lambda report: _upgrade(doors, profile or context.obj, database, report), json)

    @group.command("downgrade")
    def downgrade_command(
        context: typer.Context,
        revision: Annotated[str, typer.Argument(metavar="REVISION", help="0001 and so on, or base for no tables.")],
        yes: Annotated[bool, typer.Option("--yes", help="What the newer tables hold may be lost.")] = False,
        profile: _ProfileOption = None,
        database: _DatabaseOption = "",
        json: _JsonOption = False,
    ) -> None:
        """Bring the database down to a revision, for an older version of Horizon; a file is copied before."""
        run(lambda report: _downgrade(doors, profile or context.obj, database, revision, yes, report), json)

    _add_accept(group, doors, run)


def _add_accept(group: typer.Typer, doors: Doors, run: Run) -> None:
    @group.command("accept")
    def accept_command(
        context: typer.Context,
        yes: Annotated[bool, typer.Option("--yes", help="I put this file there.")] = False,
        profile: _ProfileOption = None,
        json: _JsonOption = False,
    ) -> None:
        """Take the profile's file as it is, after you have put back an older copy of it yourself."""
        run(lambda report: _accept(doors, profile or context.obj, report, is_agreed=yes), json)


async def _accept(doors: Doors, profile: str | None, report: Report, *, is_agreed: bool) -> int:
    if not is_agreed:
        raise UsageError(
            "used codes and revoked guests of an old file come back with it: say --yes", code="store.agree"
        )
    await doors.database(profile, "").accept()
    report.told("The file is taken as it is.", {"event": "database_accepted"})
    return EXIT_OK


async def _check(doors: Doors, profile: str | None, database: str, report: Report) -> int:
    state = await doors.database(profile, database).check()
    is_good = state.revision == state.newest and not state.differences
    at = state.revision or "none"
    lines = [f"{state.name}: revision {at}, expected {state.newest}.", *(f"  {line}" for line in state.differences)]
    lines.append("It is as it should be." if is_good else "It differs.")
    data = {
        "event": "database",
        "name": state.name,
        "revision": state.revision,
        "newest": state.newest,
        "differences": list(state.differences),
    }
    report.told("\n".join(lines), data)
    return EXIT_OK if is_good else EXIT_DIFFERS


async def _upgrade(doors: Doors, profile: str | None, database: str, report: Report) -> int:
    _tell(await doors.database(profile, database).upgrade(), report)
    return EXIT_OK


async def _downgrade(
    doors: Doors,
    profile: str | None,
    database: str,
    revision: str,
    is_agreed: bool,
    report: Report,
) -> int:
    if not is_agreed:
        raise UsageError("a downgrade drops tables with what they hold: say --yes", code="store.agree")
    _tell(await doors.database(profile, database).downgrade(revision), report)
    return EXIT_OK


def _tell(moved: DatabaseMoved, report: Report) -> None:
    before, after = moved.before or "none", moved.after or "none"
    text = f"{moved.name}: revision {before}, now {after}."
    if moved.copy:
        text += f"\nThe file as it was: {moved.copy}"
    data = {"event": "database_moved", "name": moved.name, "before": before, "after": after, "copy": moved.copy}
    report.told(text, data)
