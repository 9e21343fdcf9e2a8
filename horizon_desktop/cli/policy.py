"""`horizon policy`: are the policies right, what would they decide, and what could this guest do."""

import math
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

import msgspec
import typer

from horizon_desktop.bridge.policy_desk import PolicyDesk
from horizon_desktop.cli.doors import Doors
from horizon_desktop.cli.durations import seconds
from horizon_desktop.cli.report import Report
from horizon_desktop.domain.access.capability import Role
from horizon_desktop.domain.access.policy import PRINCIPAL_TYPES, Attribute, PolicyRequest
from horizon_desktop.domain.access.policy_explaining import Explanation
from horizon_desktop.domain.access.policy_operands import RISKS
from horizon_desktop.domain.collaboration.policy_simulation import Scene
from horizon_desktop.domain.collaboration.session import SessionPlan, SessionType
from horizon_desktop.domain.instants import Instant
from horizon_desktop.errors import EXIT_OK, EXIT_REFUSED, EXIT_USAGE, UsageError

Run = Callable[[Callable[[Report], Coroutine[Any, Any, int]], bool], None]
"""Runs a command to its exit status; the flag asks for JSON."""
_JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON objects, one a line.")]
_PlaceOption = Annotated[
    Path | None, typer.Option("--policies", metavar="FILE|DIR", help="These policies; left out: those in force.")
]
_ProfileOption = Annotated[str | None, typer.Option("--profile", metavar="NAME", help="Use this profile.")]
_SUBJECTS: Final = {
    "open": "Opening the session",
    "extend": "Extending it",
    "come in": "Coming in",
}


class SimulationWish(msgspec.Struct, frozen=True, kw_only=True):
    """The invite that is to be sent, as it was typed."""

    session_type: SessionType
    role: Role | None
    length: str
    guests: int
    channels: tuple[str, ...]
    is_approval_asked: bool
    zone: str
    at: str
    risk: str
    address: str
    is_known: bool


def add_policy(app: typer.Typer, doors: Doors, run: Run) -> None:
    """Give the command line its `policy` commands."""
    group = typer.Typer(no_args_is_help=True, help="Who may do what: check, explain and simulate policies.")
    app.add_typer(group, name="policy")
    _add_check(group, doors, run)
    _add_explain(group, doors, run)
    _add_simulate(group, doors, run)
    _add_template(group, doors, run)
    _add_generate(group, doors, run)


def _add_check(group: typer.Typer, doors: Doors, run: Run) -> None:
    @group.command("check")
    def check_command(
        context: typer.Context,
        place: Annotated[Path | None, typer.Argument(metavar="[FILE|DIR]", help="Left out: those in force.")] = None,
        profile: _ProfileOption = None,
        json: _JsonOption = False,
    ) -> None:
        """Say whether policies can be used; exit status 2 when they can't."""
        desk = doors.policies
        run(lambda report: _check(str(place or ""), desk(profile or context.obj), report), json)


def _add_explain(group: typer.Typer, doors: Doors, run: Run) -> None:
    @group.command("explain")
    def explain_command(
        context: typer.Context,
        action: Annotated[str, typer.Option("--action", metavar="NAME", help="session.create, channel.open, ...")],
        principal: Annotated[
            list[str], typer.Option("--principal", metavar="TYPE:VALUE", help="Who: role:host, device:HEX. Repeatable.")
        ],
        resource: Annotated[str, typer.Option("--resource", metavar="TYPE:PATH", help="session:sessions/pair")],
        attributes: Annotated[
            list[str] | None, typer.Option("--attr", metavar="NAME=VALUE", help="What the gate knows. Repeatable.")
        ] = None,
        policies: _PlaceOption = None,
        profile: _ProfileOption = None,
        json: _JsonOption = False,
    ) -> None:
        """Decide one request and say why; exit status 3 when it is denied."""

        async def work(report: Report) -> int:
            request = _request(action, principal, resource, attributes or [])
            desk = doors.policies(profile or context.obj)
            return _tell_explanation(desk.explain(request, place=str(policies or "")), report)

        run(work, json)


def _add_simulate(group: typer.Typer, doors: Doors, run: Run) -> None:
    @group.command("simulate")
    def simulate_command(
        context: typer.Context,
        session_type: Annotated[SessionType, typer.Option("--type", help="What kind of session.")] = SessionType.PAIR,
        role: Annotated[Role | None, typer.Option("--role", help="The guest's; left out: that of the type.")] = None,
        ttl: Annotated[str, typer.Option("--ttl", metavar="TIME", help="How long: 90s, 60m, 2h.")] = "60m",
        guests: Annotated[int, typer.Option("--guests", metavar="N", help="Places.")] = 1,
        channels: Annotated[
            list[str] | None, typer.Option("--channel", metavar="NAME=view|off", help="Give less. Repeatable.")
        ] = None,
        approve: Annotated[str, typer.Option("--approve", metavar="ask|auto", help="Who lets guests in.")] = "ask",
        zone: Annotated[str, typer.Option("--zone", metavar="ZONE", help="Tell hours in this time zone.")] = "UTC",
        at: Annotated[str, typer.Option("--at", metavar="TIME", help="When it is opened: 2026-11-23T09:00.")] = "",
        risk: Annotated[str, typer.Option("--risk", metavar="LEVEL", help="low, medium, high, critical.")] = "low",
        address: Annotated[str, typer.Option("--address", metavar="IP", help="Where the guest comes from.")] = "",
        known: Annotated[bool, typer.Option("--known", help="This device was let in before.")] = False,
        policies: _PlaceOption = None,
        profile: _ProfileOption = None,
        json: _JsonOption = False,
    ) -> None:
        """Tell what a guest could do, before the invite is sent; exit status 3 when nobody could come in."""
        if approve not in {"ask", "auto"}:
            raise typer.BadParameter(f"--approve takes ask or auto, got {approve!r}")
        wish = SimulationWish(
            session_type=session_type,
            role=role,
            length=ttl,
            guests=guests,
            channels=tuple(channels or ()),
            is_approval_asked=approve == "ask",
            zone=zone,
            at=at,
            risk=risk,
            address=address,
            is_known=known,
        )

        async def work(report: Report) -> int:
            scene = _scene(wish, doors.clock.now().instant)
            desk = doors.policies(profile or context.obj)
            return _simulate(scene, desk, str(policies or ""), report)

        run(work, json)


def _add_template(group: typer.Typer, doors: Doors, run: Run) -> None:
    @group.command("template")
    def template_command(
        context: typer.Context,
        name: Annotated[str, typer.Argument(metavar="[NAME]", help="Left out: the names.")] = "",
        profile: _ProfileOption = None,
        json: _JsonOption = False,
    ) -> None:
        """Print a template, or `default`: the built-in policies, to begin from."""

        async def work(report: Report) -> int:
            desk = doors.policies(profile or context.obj)
            for text in [desk.template(name)] if name else desk.templates():
                report.told(text.rstrip("\n"), {"event": "policy_template", "name": name or text, "text": text})
            return EXIT_OK

        run(work, json)


def _add_generate(group: typer.Typer, doors: Doors, run: Run) -> None:
    @group.command("generate")
    def generate_command(
        context: typer.Context,
        session_type: Annotated[SessionType, typer.Option("--type", help="What kind of session.")] = SessionType.PAIR,
        role: Annotated[Role | None, typer.Option("--role", help="The most that an invite gives.")] = None,
        ttl: Annotated[str, typer.Option("--ttl", metavar="TIME", help="The longest, extensions included.")] = "60m",
        guests: Annotated[int, typer.Option("--guests", metavar="N", help="The most places.")] = 1,
        channels: Annotated[
            list[str] | None, typer.Option("--channel", metavar="NAME=view|off", help="Give less. Repeatable.")
        ] = None,
        profile: _ProfileOption = None,
        json: _JsonOption = False,
    ) -> None:
        """Print the policies under which sessions like this one can be held, and no others."""

        async def work(report: Report) -> int:
            plan = _plan(session_type, role, ttl, guests, channels or ())
            text = doors.policies(profile or context.obj).write_session(plan)
            report.told(text.rstrip("\n"), {"event": "policy_generated", "text": text})
            return EXIT_OK

        run(work, json)


async def _check(place: str, desk: PolicyDesk, report: Report) -> int:
    where = place or desk.place
    if not where:
        report.told(
            "No policies are configured: the built-in ones are in force.", {"event": "policy_check", "place": ""}
        )
        return EXIT_OK
    found = desk.check(where)
    for problem in found.problems:
        report.told(
            problem.text,
            {"event": "policy_problem", **{name: getattr(problem, name) for name in problem.__struct_fields__}},
        )
    for name, doubt in found.doubts:
        report.told(f"{name}: {doubt}.", {"event": "policy_doubt", "policy": name, "words": doubt})
    good, files, wrong = len(found.policies), len(found.files), len(found.problems)
    told = f"{_many(good, 'policy', 'policies')} in {_many(files, 'file', 'files')}"
    told += f", {_many(wrong, 'problem', 'problems')}: they cannot be used." if wrong else ": good."
    report.told(told, {"event": "policy_check", "place": where, "policies": good, "files": files, "problems": wrong})
    return EXIT_USAGE if wrong else EXIT_OK


def _tell_explanation(found: Explanation, report: Report) -> int:
    verdict = found.verdict
    decider = verdict.policy.name if verdict.policy else ""
    answer = "Allowed" if verdict.is_allowed else "Denied"
    report.told(
        f"{answer}: {found.words}.",
        {
            "event": "policy_verdict",
            "allowed": verdict.is_allowed,
            "policy": decider,
            "words": found.words,
            "matched": list(found.matched),
            "nearest": found.nearest.name if found.nearest else "",
            "misses": [{"where": miss.where, "wanted": miss.wanted, "found": miss.found} for miss in found.misses],
        },
    )
    for clause in found.matched:
        report.told(f"    {decider}: {clause}")
    if found.nearest is not None:
        name = found.nearest.name
        report.told(f"The nearest policy that allows it is {name}" + (":" if found.misses else "; it matches."))
        for miss in found.misses:
            report.told(f"    {miss.where}: wanted: {miss.wanted}; found: {miss.found}")
    return EXIT_OK if verdict.is_allowed else EXIT_REFUSED


def _simulate(scene: Scene, desk: PolicyDesk, place: str, report: Report) -> int:
    plan, answers = scene.plan, desk.simulate(scene, place=place)
    article = "An" if scene.role.value[0] in "aeiou" else "A"
    told = f"{article} {scene.role.value} invited to a {plan.session_type.value} session of {plan.length_s // 60} min:"
    report.told(
        told,
        {"event": "policy_scene", "role": scene.role.value, "type": plan.session_type.value, "length_s": plan.length_s},
    )
    for answer in answers:
        subject = _SUBJECTS.get(answer.subject, f"Channel {answer.subject}")
        report.told(
            f"{subject}: {answer.words}.",
            {
                "event": "policy_answer",
                "subject": answer.subject.replace(" ", "_"),
                "possible": answer.is_possible,
                "words": answer.words,
            },
        )
    can_come = any(answer.subject == "come in" and answer.is_possible for answer in answers)
    return EXIT_OK if can_come else EXIT_REFUSED


# --- from what was typed ---


def _request(action: str, principals: list[str], resource: str, attributes: list[str]) -> PolicyRequest:
    kind, path = _pair(resource, ":", "--resource TYPE:PATH")
    pairs = [_pair(each, ":", "--principal TYPE:VALUE") for each in principals]
    for name, _ in pairs:
        if name not in PRINCIPAL_TYPES:
            known = ", ".join(PRINCIPAL_TYPES)
            raise UsageError(
                f"a principal is one of {known}, got {name!r}",
                code="policy.request",
                what=f"--principal with one of {known}",
            )
    found = dict(_pair(each, "=", "--attr NAME=VALUE") for each in attributes)
    return PolicyRequest(
        principal=frozenset(pairs),
        action=action,
        resource_type=kind,
        resource=path,
        attributes={name: _attribute(name, value) for name, value in found.items()},
    )


def _many(count: int, one: str, more: str) -> str:
    return f"{count} {one if count == 1 else more}"


def _pair(text: str, sign: str, shape: str) -> tuple[str, str]:
    name, found, value = text.partition(sign)
    if not found or not name:
        raise UsageError(f"{shape} is wanted, got {text!r}", code="policy.request", what=shape)
    return name, value


def _attribute(name: str, text: str) -> Attribute:
    """Read true and false, numbers, durations are texts; `a,b` is a set; a moment is ISO 8601 for `time`."""
    if name == "time":
        return _moment(text, "UTC")
    if name == "channels":
        return frozenset(part for part in text.split(",") if part)
    if text in {"true", "false"}:
        return text == "true"
    for read in (int, float):
        try:
            number = read(text)
        except ValueError:
            continue
        if math.isfinite(number):
            return number
    return text


def _moment(text: str, zone: str) -> Instant:
    try:
        found = datetime.fromisoformat(text)
        local = found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone) if zone != "UTC" else UTC)
        return Instant(int(local.timestamp() * 1000))
    except (ValueError, KeyError, OSError, OverflowError) as exc:
        raise UsageError(
            f"a time like 2026-11-23T09:00, got {text!r}", code="policy.request", what="a time like 2026-11-23T09:00"
        ) from exc


def _scene(wish: SimulationWish, now: Instant) -> Scene:
    try:
        ZoneInfo(wish.zone)
    except (ValueError, KeyError, OSError) as exc:
        raise UsageError(
            f"no time zone {wish.zone!r}", code="policy.request", what="--zone with a name like Europe/Berlin"
        ) from exc
    if wish.risk not in (*RISKS, "unknown"):
        known = ", ".join((*RISKS, "unknown"))
        raise UsageError(f"a risk is one of {known}", code="policy.request", what=f"--risk with one of {known}")
    plan = _plan(wish.session_type, wish.role, wish.length, wish.guests, wish.channels)
    return Scene(
        plan=plan,
        role=plan.given_role,
        now=_moment(wish.at, wish.zone) if wish.at else now,
        zone=wish.zone,
        is_approval_asked=wish.is_approval_asked,
        risk=None if wish.risk == "unknown" else wish.risk,
        address=wish.address or None,
        is_known=wish.is_known,
    )


def _plan(
    session_type: SessionType, role: Role | None, length: str, guests: int, channels: Sequence[str]
) -> SessionPlan:
    levels = {"off": 0, "view": 1, "use": 2}
    chosen = dict(_pair(each, "=", "--channel NAME=view|use|off") for each in channels)
    if any(level not in levels for level in chosen.values()):
        raise UsageError("a channel is use, view or off", code="policy.request", what="--channel NAME=view|use|off")
    return SessionPlan(
        session_type=session_type,
        title="policy",
        length_s=seconds(length),
        places=guests,
        invite_minutes=24 * 60,
        channels={name: levels[level] for name, level in chosen.items()},
        role=role,
    )
