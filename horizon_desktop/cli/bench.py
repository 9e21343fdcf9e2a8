"""`horizon bench link`: what the network between two people brings, both ways, measured over their live session."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any, Final

import typer

from horizon_desktop.cli.doors import Doors
from horizon_desktop.cli.report import Report
from horizon_desktop.domain.plain_text import plain_name
from horizon_desktop.errors import EXIT_OK, EXIT_REFUSED
from horizon_desktop.ports.control import LinkMeasured, MeasureLink, Refused

Run = Callable[[Callable[[Report], Coroutine[Any, Any, int]], bool], None]
"""Runs a command to its exit status; the flag asks for JSON."""
MIB: Final = 1024 * 1024
_MOST_MIB: Final = 256
_LONGEST_S: Final = 60
_WAYS: Final = {"relay": "relay", "fast": "direct, QUIC", "plain": "direct, WebRTC"}
_HEAD: Final = ("way", "MB/s", "amount", "took", "by", "round trip: idle", "p50", "p95", "max")


def add_bench(app: typer.Typer, doors: Doors, run: Run) -> None:
    """Give the command line its `bench` commands."""
    group = typer.Typer(no_args_is_help=True, help="Measure: the link of a live session.")
    app.add_typer(group, name="bench")

    @group.command("link")
    def link_command(
        context: typer.Context,
        session: Annotated[str, typer.Option("--session", metavar="ID", help="Which: the beginning of its id.")] = "",
        peer: Annotated[str, typer.Option("--peer", metavar="PEER", help="Which guest: name or id.")] = "",
        seconds: Annotated[int, typer.Option("--seconds", metavar="N", min=1, max=_LONGEST_S, help="Each way.")] = 5,
        mib: Annotated[
            int, typer.Option("--mib", metavar="N", min=0, max=_MOST_MIB, help="So much each way, not so long.")
        ] = 0,
        profile: Annotated[str | None, typer.Option("--profile", metavar="NAME", help="Use this profile.")] = None,
        json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
    ) -> None:
        """Measure the link of a running session both ways: rate, path, and what small messages take meanwhile."""
        most_bytes, most_ms = (mib * MIB, 1000 * _LONGEST_S) if mib else (_MOST_MIB * MIB, 1000 * seconds)
        wishes = [
            MeasureLink(session_id=session, peer=peer, is_sent=is_sent, most_bytes=most_bytes, most_ms=most_ms)
            for is_sent in (True, False)
        ]
        run(lambda report: bench_link(wishes, profile or context.obj, doors, report), json)


async def bench_link(wishes: list[MeasureLink], profile: str | None, doors: Doors, report: Report) -> int:
    """Ask the running process for each way; tell each as it comes. Whatever arrived broken is a refusal."""
    from horizon_desktop.cli.manage import Answered  # noqa: PLC0415  (keeps --help quick)

    status = EXIT_OK
    rows: list[tuple[str, ...]] = [_HEAD]
    for wish in wishes:
        reply = await doors.control(profile).ask(wish)
        if isinstance(reply, Refused):
            raise Answered(reply)
        if isinstance(reply, LinkMeasured):
            rows.append(_row(reply))
            report.told(_table(rows[-1:] if len(rows) > 2 else rows, rows), _object(reply))
            status = status if reply.is_whole else EXIT_REFUSED
    return status


def _row(found: LinkMeasured) -> tuple[str, ...]:
    name = plain_name(found.name, most_characters=40)
    by = _WAYS.get(found.bulk_path, found.bulk_path)
    return (
        f"{'to' if found.is_sent else 'from'} {name}",
        f"{_rate(found) / 1e6:.2f}" if found.is_whole else "broken",
        f"{found.size_bytes / MIB:.1f} MiB",
        f"{found.took_ms / 1000:.1f} s",
        by if found.path == "direct" or by == "relay" else f"{by} (session: {found.path})",
        _ms(found.idle_ms),
        *(_ms(_share(found.busy_ms, percent)) for percent in (50, 95, 100)),
    )


def _object(found: LinkMeasured) -> dict[str, Any]:
    return {
        "event": "measured",
        "session_id": found.session_id,
        "peer_id": found.peer_id,
        "name": found.name,
        "way": "to" if found.is_sent else "from",
        "bytes": found.size_bytes,
        "ms": found.took_ms,
        "bytes_per_s": _rate(found),
        "is_whole": found.is_whole,
        "bulk_path": found.bulk_path,
        "path": found.path,
        "rtt_idle_ms": found.idle_ms,
        "rtt_p50_ms": _share(found.busy_ms, 50),
        "rtt_p95_ms": _share(found.busy_ms, 95),
        "rtt_max_ms": _share(found.busy_ms, 100),
    }


def _rate(found: LinkMeasured) -> int:
    return 1000 * found.size_bytes // max(1, found.took_ms)


def _share(ascending: tuple[int, ...], percent: int) -> int | None:
    """Return the value that so many in a hundred do not exceed; None without any."""
    if not ascending:
        return None
    return ascending[max(0, -(-len(ascending) * percent // 100) - 1)]


def _ms(value: int | None) -> str:
    return "-" if value is None else f"{value} ms"


def _table(shown: list[tuple[str, ...]], known: list[tuple[str, ...]]) -> str:
    widths = [max(len(row[column]) for row in known) for column in range(len(_HEAD))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in shown
    )
