"""`horizon config`: what is set and where it came from, and whether a file can be used."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

from horizon_desktop.cli.doors import Doors
from horizon_desktop.cli.report import Report
from horizon_desktop.errors import EXIT_OK

Run = Callable[[Callable[[Report], Coroutine[Any, Any, int]], bool], None]
"""Runs a command to its exit status; the flag asks for JSON."""
_JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object a line for every setting.")]


def add_configuration(app: typer.Typer, doors: Doors, run: Run) -> None:
    """Give the command line its `config` commands."""
    group = typer.Typer(no_args_is_help=True, help="What is set, where it came from, and whether a file can be used.")
    app.add_typer(group, name="config")

    @group.command("show")
    def show_command(json: _JsonOption = False) -> None:
        """Tell every setting, its value and where it came from; secrets are hidden."""
        run(lambda report: _show(doors, report), json)

    @group.command("check")
    def check_command(
        file: Annotated[Path, typer.Argument(metavar="FILE", help="A TOML, YAML or JSON file.")],
        json: _JsonOption = False,
    ) -> None:
        """Say whether a file can be used as it is; exit status 2 when it can't."""
        run(lambda report: _check(file, doors, report), json)


async def _show(doors: Doors, report: Report) -> int:
    for origin in doors.configuration().origins:
        report.setting(origin)
    return EXIT_OK


async def _check(file: Path, doors: Doors, report: Report) -> int:
    for origin in doors.configuration_in(file).origins:
        if origin.layer == "file":
            report.setting(origin)
    report.hint("config_good", name=str(file))
    return EXIT_OK
