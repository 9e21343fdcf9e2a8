"""The command line: commands and options. Each command is one coroutine of its own file, run to an exit status."""

import os
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import typer

from horizon_desktop.cli.bench import add_bench
from horizon_desktop.cli.configuration import add_configuration
from horizon_desktop.cli.database import add_database
from horizon_desktop.cli.doors import Doors, HubOptions
from horizon_desktop.cli.durations import is_length, minutes, seconds
from horizon_desktop.cli.policy import add_policy
from horizon_desktop.cli.report import JsonReport, Report
from horizon_desktop.cli.texts import sentence
from horizon_desktop.cli.typed_lines import TypedLines
from horizon_desktop.domain.collaboration.nat import NatKind
from horizon_desktop.domain.collaboration.session import SessionType
from horizon_desktop.domain.usage.purse import parse_purse
from horizon_desktop.errors import EXIT_UNREACHABLE, HorizonError, UsageError
from horizon_desktop.ports.control import (
    ControlRequest,
    CreateInvite,
    EndSession,
    ExtendSession,
    ListSessions,
    RevokeGuest,
)
from horizon_desktop.version import __version__

_STATUS: Final = {"host.away": EXIT_UNREACHABLE}
"""Where the exit status differs from that of the error's kind: not a rule but an absence."""

ProfileOption = Annotated[str | None, typer.Option("--profile", metavar="NAME", help="Use this profile.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object a line for every event.")]
SessionOption = Annotated[str, typer.Option("--session", metavar="ID", help="Which session: the beginning of its id.")]
MAX_TITLE: Final = 80
_ID_LETTERS: Final = frozenset("0123456789abcdef")
ErrorT = TypeVar("ErrorT", bound=BaseException)


def make_app(doors: Doors) -> typer.Typer:
    """Return the whole command line over what main built."""
    app = typer.Typer(
        name="horizon",
        help="One hour of work together: a link, a code, exactly the channels the host chose, and nothing after.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,  # a trace with local values would show secrets
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    _add_global_options(app, doors)
    _add_host(app, doors)
    _add_join(app, doors)
    _add_hub(app, doors)
    _add_manage(app, doors)
    _add_doctor(app, doors)
    add_bench(app, doors, lambda work, is_json: _run(doors, work, is_json=is_json))
    add_configuration(app, doors, lambda work, is_json: _run(doors, work, is_json=is_json))
    add_policy(app, doors, lambda work, is_json: _run(doors, work, is_json=is_json))
    add_database(app, doors, lambda work, is_json: _run(doors, work, is_json=is_json))
    return app


def _add_global_options(app: typer.Typer, doors: Doors) -> None:
    def show_version(is_asked: bool) -> None:
        if is_asked:
            typer.echo(f"horizon {__version__}")
            raise typer.Exit

    @app.callback()
    def options(
        context: typer.Context,
        profile: ProfileOption = None,
        config: Annotated[
            Path | None, typer.Option("--config", metavar="FILE", help="Read this configuration, no other file.")
        ] = None,
        settings: Annotated[
            list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Set this above all else.")
        ] = None,
        proxy: Annotated[
            str, typer.Option("--proxy", metavar="URL", help="Reach hubs through this HTTP proxy; none: through none.")
        ] = "",
        version: Annotated[
            bool, typer.Option("--version", callback=show_version, is_eager=True, help="Show the version.")
        ] = False,
    ) -> None:
        context.obj = profile
        if "@" in proxy:
            raise typer.BadParameter(sentence("proxy.argv"), param_hint="--proxy")
        named = (f"network.proxy={proxy}",) if proxy else ()
        doors.configure(file=config, options=(*(settings or ()), *named))


def _add_host(app: typer.Typer, doors: Doors) -> None:
    @app.command("host")
    def host_command(
        context: typer.Context,
        more: Annotated[list[Path] | None, typer.Argument(metavar="[FILE]...", help="More files to share.")] = None,
        share: Annotated[
            list[Path] | None, typer.Option("--share", metavar="FILE", help="A file or folder to share.")
        ] = None,
        session_type: Annotated[
            SessionType, typer.Option("--type", help="pair: edit together; review: guests look.")
        ] = SessionType.PAIR,
        title: Annotated[str, typer.Option("--title", help="What the guests read.")] = "",
        ttl: Annotated[str, typer.Option("--ttl", metavar="TIME", help="How long it lasts: 90s, 60m, 2h.")] = "60m",
        guests: Annotated[int, typer.Option("--guests", metavar="N", help="Places, 1 to 30.")] = 1,
        hub: Annotated[
            list[str] | None,
            typer.Option("--hub", metavar="URL", help="A hub, best first; left out: one in this process."),
        ] = None,
        approve: Annotated[str, typer.Option("--approve", metavar="ask|auto", help="Who lets guests in.")] = "ask",
        relay: Annotated[bool, typer.Option("--relay/--no-relay", help="May traffic go through the hub?")] = True,
        purse: Annotated[
            str, typer.Option("--purse", metavar="RESOURCE=AMOUNT", help="What it may spend: cpu_hours=2,burst=1.5.")
        ] = "",
        resume: Annotated[bool, typer.Option("--resume", help="Go on with the interrupted sessions.")] = False,
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """Share files with people from outside for a while."""
        from horizon_desktop.cli.host import HostWish, host  # noqa: PLC0415  (keeps --help quick)

        files = tuple(path.absolute() for path in (*(share or ()), *(more or ())))

        def work(report: Report) -> Coroutine[Any, Any, int]:
            if approve not in {"ask", "auto"}:
                raise UsageError(f"--approve takes ask or auto, got {approve!r}", code="approve.word")
            if not files and not resume:
                raise UsageError("nothing to share", code="session.files")
            wish = HostWish(
                files=files,
                session_type=session_type,
                title=title or (files[0].name[:MAX_TITLE] if files else ""),
                length_s=seconds(ttl),
                guests=guests,
                hub=" ".join(hub or ()),
                is_approval_asked=approve == "ask",
                is_relay_allowed=relay,
                is_resumed=resume,
                purse=parse_purse(purse) if purse else None,
                profile=profile or context.obj,
            )
            return host(wish, doors, report, TypedLines())

        _run(doors, work, is_json=json)


def _add_join(app: typer.Typer, doors: Doors) -> None:
    @app.command("join")
    def join_command(
        context: typer.Context,
        name: Annotated[str, typer.Option("--name", metavar="NAME", help="How the others see you.")],
        link: Annotated[
            str | None, typer.Argument(metavar="[LINK|-]", help="The invite; - reads link and code from stdin.")
        ] = None,
        file: Annotated[
            Path | None, typer.Option("--from", metavar="FILE", help="A file with the link and then the code.")
        ] = None,
        code: Annotated[
            str | None, typer.Option("--code", metavar="CODE", help="The code; better typed at the prompt.")
        ] = None,
        mirror: Annotated[
            Path | None, typer.Option("--mirror", metavar="DIR", help="Keep the shared files here, both ways.")
        ] = None,
        force: Annotated[bool, typer.Option("--force", help="Let the mirror replace files that differ.")] = False,
        p2p: Annotated[bool, typer.Option("--p2p/--no-p2p", help="Try a direct path.")] = True,
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """Join a session by its link and its code."""
        from horizon_desktop.cli.join import JoinWish, join  # noqa: PLC0415  (keeps --help quick)

        def work(report: Report) -> Coroutine[Any, Any, int]:
            wish = JoinWish(
                link=link,
                code=code,
                file=file,
                name=name,
                mirror=mirror.absolute() if mirror else None,
                is_mirror_forced=force,
                is_direct_allowed=p2p,
                profile=profile or context.obj,
            )
            return join(wish, doors, report, TypedLines())

        _run(doors, work, is_json=json)


def _add_hub(app: typer.Typer, doors: Doors) -> None:
    @app.command("hub")
    def hub_command(
        listen: Annotated[str, typer.Option("--listen", metavar="HOST:PORT", help="Where to listen.")] = ":7443",
        data: Annotated[Path, typer.Option("--data", metavar="DIR", help="Keeps its key.")] = Path("horizon-hub"),
        public_url: Annotated[str, typer.Option("--public-url", metavar="URL", help="How people reach it.")] = "",
        cert: Annotated[Path | None, typer.Option("--cert", metavar="FILE", help="Certificate, PEM.")] = None,
        key: Annotated[Path | None, typer.Option("--key", metavar="FILE", help="Its key, PEM.")] = None,
        host_keys: Annotated[
            str, typer.Option("--host-keys", metavar="FILE|open", help="Which hosts it serves.")
        ] = "open",
        congestion: Annotated[
            str, typer.Option("--congestion", metavar="NAME|system", help="TCP's congestion control, if there is one.")
        ] = "bbr",
        json: JsonOption = False,
    ) -> None:
        """Run a hub: it brings hosts and guests together and can read nothing."""
        from horizon_desktop.cli.hub import hub  # noqa: PLC0415  (keeps --help quick)

        options = HubOptions(
            listen=listen,
            data=data,
            public_url=public_url,
            certificate=cert,
            private_key=key,
            host_keys=host_keys,
            congestion=congestion,
        )
        _run(doors, lambda report: hub(options, doors, report), is_json=json)


def _add_manage(app: typer.Typer, doors: Doors) -> None:
    def ask(context: typer.Context, profile: str | None, make: Callable[[], ControlRequest], *, is_json: bool) -> None:
        from horizon_desktop.cli.manage import manage  # noqa: PLC0415  (keeps --help quick)

        _run(doors, lambda report: manage(make(), profile or context.obj, doors, report), is_json=is_json)

    @app.command("sessions")
    def sessions_command(context: typer.Context, profile: ProfileOption = None, json: JsonOption = False) -> None:
        """List the sessions of this profile, who is in them, and their invites."""
        ask(context, profile, ListSessions, is_json=json)

    @app.command("invite")
    def invite_command(
        context: typer.Context,
        which: Annotated[str, typer.Argument(metavar="[SESSION]", help="The beginning of its id.")] = "",
        guests: Annotated[int, typer.Option("--guests", metavar="N", help="Places, 1 to 30.")] = 1,
        session: SessionOption = "",
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """Make another invite for a running session."""
        request = CreateInvite(session_id=session or which, places=guests)
        ask(context, profile, lambda: request, is_json=json)

    @app.command("extend")
    def extend_command(
        context: typer.Context,
        words: Annotated[
            list[str] | None, typer.Argument(metavar="[TIME] [SESSION]", help="30m by default, e.g. 15m or 1h.")
        ] = None,
        by: Annotated[str, typer.Option("--by", metavar="TIME", help="The same as TIME.")] = "",
        session: SessionOption = "",
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """Give a running session more time."""
        lengths = [word for word in words or () if is_length(word)]
        others = [word for word in words or () if not is_length(word)]

        def request() -> ExtendSession:
            is_twice = len(lengths) + bool(by) > 1 or len(others) + bool(session) > 1
            if is_twice or not frozenset("".join(others).lower()) <= _ID_LETTERS:
                raise UsageError("one length of time and the beginning of one session's id", code="time.length")
            return ExtendSession(
                session_id=session or "".join(others), minutes=minutes(by or "".join(lengths) or "30m")
            )

        ask(context, profile, request, is_json=json)

    @app.command("revoke")
    def revoke_command(
        context: typer.Context,
        peer: Annotated[str, typer.Argument(metavar="PEER", help="Name, or the beginning of the peer id.")],
        which: Annotated[str, typer.Argument(metavar="[SESSION]", help="The beginning of its id.")] = "",
        session: SessionOption = "",
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """Take a guest's access back, at once and for good."""
        request = RevokeGuest(session_id=session or which, peer=peer)
        ask(context, profile, lambda: request, is_json=json)

    @app.command("end")
    def end_command(
        context: typer.Context,
        which: Annotated[str, typer.Argument(metavar="[SESSION]", help="The beginning of its id.")] = "",
        session: SessionOption = "",
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """End a session for everyone, or leave one as a guest."""
        request = EndSession(session_id=session or which)
        ask(context, profile, lambda: request, is_json=json)


def _add_doctor(app: typer.Typer, doors: Doors) -> None:
    @app.command("doctor")
    def doctor_command(
        context: typer.Context,
        hub: Annotated[
            str, typer.Option("--hub", metavar="URL|LINK|-", help="The way to this hub, or to an invite's; - reads it.")
        ] = "",
        peer: Annotated[
            NatKind | None, typer.Option("--peer", help="The kind of network that the other side's doctor tells.")
        ] = None,
        report: Annotated[
            Path | None, typer.Option("--report", metavar="FILE", help="Write a report without secrets.")
        ] = None,
        json: JsonOption = False,
    ) -> None:
        """Check what sessions need of this network, and say what to do."""
        from horizon_desktop.cli.doctor import DoctorWish, doctor  # noqa: PLC0415  (keeps --help quick)

        wish = DoctorWish(hub=hub, peer=peer, report=report, profile=context.obj)
        _run(doors, lambda told: doctor(wish, doors, told, TypedLines()), is_json=json)


def _run(doors: Doors, work: Callable[[Report], Coroutine[Any, Any, int]], *, is_json: bool) -> None:
    """Run a command and leave with its exit status; an error of ours is told as one sentence."""
    report = _report(doors, is_json=is_json)
    try:
        status = doors.run(work(report))
    except (HorizonError, BaseExceptionGroup, BrokenPipeError) as exc:
        error = _first(exc, HorizonError)
        if error is None:
            if _first(exc, BrokenPipeError) is None:
                raise
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for the interpreter's last flush
            raise typer.Exit(0) from None
        report.error(error)
        status = _STATUS.get(error.key, error.exit_status)
    raise typer.Exit(status)


def _report(doors: Doors, *, is_json: bool) -> Report:
    if is_json:
        return JsonReport(doors.clock)
    from horizon_desktop.cli.person_report import PersonReport  # noqa: PLC0415  (rich, for people only)

    return PersonReport(doors.clock)


def _first(exc: BaseException, kind: type[ErrorT]) -> ErrorT | None:
    """Return the first error of a kind inside an exception or the group it is."""
    if isinstance(exc, kind):
        return exc
    if isinstance(exc, BaseExceptionGroup):
        for inner in exc.exceptions:
            found = _first(inner, kind)
            if found is not None:
                return found
    return None
