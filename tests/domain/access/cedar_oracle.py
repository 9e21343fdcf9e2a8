"""The same policies and requests in Cedar (cedarpy): an engine with a verified model, to compare our decisions with."""

import json
import random
from datetime import datetime
from zoneinfo import ZoneInfo

from horizon_desktop.domain.access.policy import (
    AllOf,
    AnyOf,
    Attribute,
    Comparison,
    Condition,
    Effect,
    HourRange,
    Not,
    Operand,
    Policy,
    PolicyRequest,
    PrincipalPattern,
    ResourcePattern,
    WeekDays,
)
from horizon_desktop.domain.access.policy_operands import RISKS
from horizon_desktop.domain.instants import Instant

ROLES = ("host", "guest", "editor", "observer", *(f"role{number}" for number in range(40)))
TYPES = ("session", "channel", "pool", "job")
ACTIONS = ("session.create", "session.extend", "channel.open", "pool.use", "read", "write")
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland")
CHANNELS = ("chat", "edits", "cursors", "files")
WORDS = ("team-a", "team-b", "lab-a", "lab", "a")
NETWORKS = ("10.0.0.0/8", "10.7.0.0/16", "192.168.0.0/16", "2001:db8::/32", "fd00::/8")
ADDRESSES = ("10.7.1.2", "10.200.0.1", "192.168.3.4", "8.8.8.8", "2001:db8::7", "fe80::1")
SPAN_MS = (1_700_000_000_000, 1_860_000_000_000)


# --- drawing policies and requests ---


def draw_policies(chance: random.Random, count: int) -> list[Policy]:
    """Return policies of every operator; most about the few roles that requests have."""
    return [_policy(chance, f"p{number}") for number in range(count)]


def _policy(chance: random.Random, name: str) -> Policy:
    types = chance.sample(TYPES, chance.choice((1, 1, 2)))
    actions = chance.choice((["*"], ["session.*"], chance.sample(ACTIONS, 1), chance.sample(ACTIONS, 3)))
    return Policy(
        name=name,
        effect=Effect.DENY if chance.random() < 0.2 else Effect.ALLOW,
        principals=tuple(_principal(chance) for _ in range(chance.choice((1, 1, 2)))),
        resources=tuple(ResourcePattern(kind, _pattern(chance, kind)) for kind in types),
        actions=tuple(actions),
        conditions=tuple(_condition(chance, 0) for _ in range(chance.choice((0, 0, 1, 1, 2, 3)))),
    )


def _principal(chance: random.Random) -> PrincipalPattern:
    if chance.random() < 0.25:
        return PrincipalPattern("any", "*")
    return PrincipalPattern("role", chance.choice(ROLES[:4] if chance.random() < 0.7 else ROLES))


def _pattern(chance: random.Random, kind: str) -> str:
    team = f"{kind}s/team{chance.randrange(8)}"
    return chance.choice((f"{kind}s/**", f"{kind}s/**", "**", f"{kind}s/*", f"{team}/**", f"{team}/*", team, "*/x1"))


def _condition(chance: random.Random, depth: int) -> Condition:
    kind = chance.random()
    if depth < 3 and kind < 0.12:
        return AnyOf(tuple(_condition(chance, depth + 1) for _ in range(chance.choice((1, 2, 3)))))
    if depth < 3 and kind < 0.2:
        return AllOf(tuple(_condition(chance, depth + 1) for _ in range(chance.choice((1, 2)))))
    if depth < 3 and kind < 0.3:
        return Not(_condition(chance, depth + 1))
    return _comparison(chance)


def _comparison(chance: random.Random) -> Comparison:
    minutes = chance.sample(range(1440), 2)
    drawn: tuple[tuple[str, str, Operand], ...] = (
        ("length", chance.choice(("lt", "lte", "gt", "gte", "eq", "ne")), chance.randrange(24) * 3600),
        ("guests", chance.choice(("in", "notIn")), tuple(sorted(chance.sample(range(8), 3)))),
        ("word", chance.choice(("eq", "ne")), chance.choice(WORDS)),
        ("word", chance.choice(("in", "notIn")), tuple(sorted(chance.sample(WORDS, 2)))),
        ("word", "glob", chance.choice(("team-*", "*-a", "l*b", "lab", "**"))),
        ("word", chance.choice(("startsWith", "endsWith")), chance.choice(("team", "-a", "lab"))),
        ("approval", chance.choice(("eq", "ne")), chance.random() < 0.5),
        ("channels", "contains", chance.choice(CHANNELS)),
        (
            "channels",
            chance.choice(("containsAny", "subsetOf")),
            tuple(sorted(chance.sample(CHANNELS, chance.choice((1, 3))))),
        ),
        ("risk", chance.choice(("riskAtMost", "riskAtLeast")), chance.choice(RISKS)),
        ("address", chance.choice(("cidr", "notCidr")), tuple(chance.sample(NETWORKS, chance.choice((1, 2))))),
        ("time", "timeOfDay", HourRange(minutes[0], minutes[1], chance.choice(ZONES))),
        ("time", "dayOfWeek", WeekDays(tuple(sorted(chance.sample(range(7), 4))), chance.choice(ZONES))),
    )
    return Comparison(*chance.choice(drawn))


def draw_request(chance: random.Random) -> PolicyRequest:
    """Return a request; every third lacks one attribute or more."""
    kind = chance.choice(TYPES)
    attributes: dict[str, Attribute] = {
        "length": chance.randrange(24) * 3600,
        "guests": chance.randrange(8),
        "word": chance.choice(WORDS),
        "approval": chance.random() < 0.5,
        "channels": frozenset(chance.sample(CHANNELS, chance.randrange(4))),
        "risk": chance.choice(RISKS),
        "address": chance.choice(ADDRESSES),
        "time": Instant(chance.randrange(*SPAN_MS)),
    }
    while chance.random() < 0.3 and attributes:
        del attributes[chance.choice(sorted(attributes))]
    path = chance.choice(
        (f"team{chance.randrange(8)}", "x1", f"team{chance.randrange(8)}/x{chance.randrange(3)}", "a/b/c")
    )
    return PolicyRequest(
        principal=frozenset({("role", chance.choice(ROLES[:4])), ("role", chance.choice(ROLES)), ("user", "u")}),
        action=chance.choice(ACTIONS),
        resource_type=kind,
        resource=f"{kind}s/{path}",
        attributes=attributes,
    )


# --- the same in Cedar ---


def cedar_text(policy: Policy) -> str:
    """Return a policy as Cedar's text. An allow asks for what is certain, a denial for what is possible."""
    is_allow = policy.effect is Effect.ALLOW
    actions = [name for name in ACTIONS if any(_covers(each, name) for each in policy.actions)]
    clauses = [
        " || ".join(_cedar_principal(each) for each in policy.principals),
        " || ".join(_cedar_resource(each) for each in policy.resources),
        *(_cedar(condition, is_certain=is_allow) for condition in policy.conditions),
    ]
    head = "permit" if is_allow else "forbid"
    asked = ", ".join(f"Action::{json.dumps(name)}" for name in actions)
    when = " && ".join(f"({clause})" for clause in clauses)
    return f"@id({json.dumps(policy.name)})\n{head}(principal, action in [{asked}], resource) when {{ {when} }};"


def _covers(pattern: str, action: str) -> bool:
    return pattern in {"*", action} or (pattern.endswith(".*") and action.startswith(pattern[:-1]))


def _cedar_principal(pattern: PrincipalPattern) -> str:
    return "true" if pattern.type == "any" else f"principal.{pattern.type}s.contains({json.dumps(pattern.value)})"


def _cedar_resource(pattern: ResourcePattern) -> str:
    """`like` knows one star, which crosses slashes: a star that must not is made exact by the number of slashes."""
    kind = f"resource.kind == {json.dumps(pattern.type)}"
    like = f"resource.path like {json.dumps(pattern.pattern.replace('**', '*'))}"
    if "**" in pattern.pattern:
        return f"({kind} && {like})"
    return f"({kind} && {like} && resource.depth == {pattern.pattern.count('/')})"


def _cedar(condition: Condition, *, is_certain: bool) -> str:
    match condition:
        case AllOf(parts=parts):
            return " && ".join(f"({_cedar(part, is_certain=is_certain)})" for part in parts)
        case AnyOf(parts=parts):
            return " || ".join(f"({_cedar(part, is_certain=is_certain)})" for part in parts)
        case Not(part=part):
            return f"!({_cedar(part, is_certain=not is_certain)})"
        case Comparison():
            has, told = f"context has {condition.attribute}", _cedar_comparison(condition)
            return f"({has} && ({told}))" if is_certain else f"(!({has}) || ({told}))"


_SIGNS = {"eq": "==", "ne": "!=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}


def _cedar_comparison(comparison: Comparison) -> str:
    name, operator, operand = f"context.{comparison.attribute}", comparison.operator, comparison.operand
    if isinstance(operand, HourRange):
        minute, joint = (
            f"context.minute_{_zone(operand.zone)}",
            "&&" if operand.from_minute <= operand.to_minute else "||",
        )
        return f"{minute} >= {operand.from_minute} {joint} {minute} < {operand.to_minute}"
    if isinstance(operand, WeekDays):
        return f"[{', '.join(map(str, operand.days))}].contains(context.day_{_zone(operand.zone)})"
    if operator in _SIGNS:
        return f"{name} {_SIGNS[operator]} {json.dumps(operand)}"
    if operator in {"riskAtMost", "riskAtLeast"}:
        return f"context.risk_rank {'<=' if operator == 'riskAtMost' else '>='} {RISKS.index(str(operand))}"
    if operator in {"cidr", "notCidr"}:
        told = " || ".join(f"{name}.isInRange(ip({json.dumps(each)}))" for each in _tuple(operand))
        return told if operator == "cidr" else f"!({told})"
    written = json.dumps(operand if isinstance(operand, str) else list(_tuple(operand)))
    return {
        "in": f"{written}.contains({name})",
        "notIn": f"!({written}.contains({name}))",
        "contains": f"{name}.contains({written})",
        "containsAny": f"{name}.containsAny({written})",
        "subsetOf": f"{written}.containsAll({name})",
        "glob": f"{name} like {json.dumps(str(operand).replace('**', '*'))}",
        "startsWith": f"{name} like {json.dumps(f'{operand}*')}",
        "endsWith": f"{name} like {json.dumps(f'*{operand}')}",
    }[operator]


def _zone(name: str) -> str:
    return name.replace("/", "_").lower()


def _tuple(operand: Operand) -> tuple[object, ...]:
    return operand if isinstance(operand, tuple) else (operand,)


def cedar_request(request: PolicyRequest) -> tuple[dict[str, object], list[dict[str, object]]]:
    """Return a request and its entities. What the clocks of each zone show is worked out here, not by our engine."""
    context: dict[str, object] = {}
    for name, value in request.attributes.items():
        if isinstance(value, Instant):
            context[name] = value.ms
            for zone in ZONES:
                local = datetime.fromtimestamp(value.ms / 1000, ZoneInfo(zone))
                context[f"minute_{_zone(zone)}"] = local.hour * 60 + local.minute
                context[f"day_{_zone(zone)}"] = local.weekday()
        elif name == "address":
            context[name] = {"__extn": {"fn": "ip", "arg": value}}
        else:
            context[name] = sorted(value) if isinstance(value, frozenset) else value
    if "risk" in context:
        context["risk_rank"] = RISKS.index(str(context["risk"]))
    roles = sorted(value for kind, value in request.principal if kind == "role")
    user = "+".join(roles)
    path = request.resource
    resource = {"kind": request.resource_type, "path": path, "depth": path.count("/")}
    entities: list[dict[str, object]] = [
        {"uid": {"type": "User", "id": user}, "attrs": {"roles": roles}, "parents": []},
        {"uid": {"type": "Thing", "id": path}, "attrs": resource, "parents": []},
    ]
    asked: dict[str, object] = {
        "principal": f"User::{json.dumps(user)}",
        "action": f"Action::{json.dumps(request.action)}",
        "resource": f"Thing::{json.dumps(path)}",
        "context": context,
    }
    return asked, entities
