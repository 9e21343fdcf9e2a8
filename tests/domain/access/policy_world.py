"""Policies and requests for tests: short to write down, and drawn from small worlds for properties."""

from hypothesis import strategies as st

from horizon_desktop.domain.access.policy import (
    AllOf,
    AnyOf,
    Attribute,
    Comparison,
    Condition,
    Effect,
    HourRange,
    Not,
    Policy,
    PolicyRequest,
    PrincipalPattern,
    ResourcePattern,
    WeekDays,
)
from horizon_desktop.domain.instants import Instant

NOON = Instant(1_790_000_000_000)
ROLES = ("host", "editor", "observer")
ACTIONS = ("read", "write", "share")
TYPES = ("file", "channel")


def rule(
    *conditions: Condition,
    name: str = "one",
    effect: Effect = Effect.ALLOW,
    role: str = "editor",
    resource: tuple[str, str] = ("file", "files/**"),
    actions: tuple[str, ...] = ("read",),
    reason: str = "",
    description: str = "",
) -> Policy:
    return Policy(
        name=name,
        effect=effect,
        principals=(PrincipalPattern("any", "*") if role == "*" else PrincipalPattern("role", role),),
        resources=(ResourcePattern(*resource),),
        actions=actions,
        conditions=conditions,
        reason=reason,
        description=description,
    )


def asked(
    action: str = "read",
    *,
    role: str = "editor",
    resource: tuple[str, str] = ("file", "files/a"),
    **attributes: Attribute,
) -> PolicyRequest:
    return PolicyRequest(
        principal=frozenset({("role", role), ("user", "ann")}),
        action=action,
        resource_type=resource[0],
        resource=resource[1],
        attributes=attributes,
    )


_MINUTES = st.integers(0, 1439)
_ZONES = st.sampled_from(("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"))
_HOURS = st.builds(HourRange, _MINUTES, _MINUTES, _ZONES).filter(lambda hours: hours.from_minute != hours.to_minute)
_DAYS = st.builds(WeekDays, st.sets(st.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days))), _ZONES)
_NETWORKS = st.sampled_from((("10.0.0.0/8",), ("192.168.0.0/16", "fd00::/8"), ("0.0.0.0/0",)))
_NAMES = st.sets(st.sampled_from(("chat", "edits", "cursors")), min_size=1).map(lambda names: tuple(sorted(names)))
_RISKS = st.sampled_from(("low", "medium", "high", "critical"))

comparisons = st.one_of(
    st.builds(Comparison, st.just("n"), st.sampled_from(("lt", "lte", "gt", "gte", "eq", "ne")), st.integers(0, 9)),
    st.builds(
        Comparison,
        st.just("n"),
        st.sampled_from(("in", "notIn")),
        st.sets(st.integers(0, 9), min_size=1, max_size=3).map(lambda found: tuple(sorted(found))),
    ),
    st.builds(Comparison, st.just("word"), st.sampled_from(("eq", "ne", "startsWith", "glob")), st.sampled_from("ab*")),
    st.builds(Comparison, st.just("names"), st.sampled_from(("containsAny", "subsetOf")), _NAMES),
    st.builds(Comparison, st.just("names"), st.just("contains"), st.sampled_from(("chat", "edits"))),
    st.builds(Comparison, st.just("risk"), st.sampled_from(("riskAtMost", "riskAtLeast")), _RISKS),
    st.builds(Comparison, st.just("address"), st.sampled_from(("cidr", "notCidr")), _NETWORKS),
    st.builds(Comparison, st.just("time"), st.just("timeOfDay"), _HOURS),
    st.builds(Comparison, st.just("time"), st.just("dayOfWeek"), _DAYS),
    st.builds(Comparison, st.just("yes"), st.just("eq"), st.booleans()),
)
_LEVEL_1: st.SearchStrategy[Condition] = st.one_of(
    comparisons,
    st.builds(AllOf, st.lists(comparisons, min_size=1, max_size=3).map(tuple)),
    st.builds(AnyOf, st.lists(comparisons, min_size=1, max_size=3).map(tuple)),
    st.builds(Not, comparisons),
)
conditions: st.SearchStrategy[Condition] = st.one_of(
    _LEVEL_1,
    st.builds(AnyOf, st.lists(_LEVEL_1, min_size=1, max_size=3).map(tuple)),
    st.builds(Not, _LEVEL_1),
)
_PATTERNS = st.sampled_from(("**", "files/*", "files/**", "files/a", "files/b/**", "*/a", "files/?"))

policies: st.SearchStrategy[Policy] = st.builds(
    Policy,
    name=st.text("abcdef", min_size=1, max_size=6),
    effect=st.sampled_from((Effect.ALLOW, Effect.ALLOW, Effect.DENY)),
    principals=st.lists(
        st.one_of(
            st.just(PrincipalPattern("any", "*")),
            st.builds(PrincipalPattern, st.just("role"), st.sampled_from((*ROLES, "*", "e*"))),
        ),
        min_size=1,
        max_size=2,
    ).map(tuple),
    resources=st.lists(
        st.builds(ResourcePattern, st.sampled_from((*TYPES, "*")), _PATTERNS), min_size=1, max_size=2
    ).map(tuple),
    actions=st.lists(st.sampled_from((*ACTIONS, "*")), min_size=1, max_size=2, unique=True).map(tuple),
    conditions=st.lists(conditions, max_size=3).map(tuple),
)
_VALUES: dict[str, st.SearchStrategy[Attribute]] = {
    "n": st.integers(0, 9),
    "word": st.sampled_from(("a", "b", "ab", "ba")),
    "names": st.sets(st.sampled_from(("chat", "edits", "cursors"))).map(frozenset),
    "risk": _RISKS,
    "address": st.sampled_from(("10.1.2.3", "::ffff:10.1.2.3", "192.168.9.9", "fd00::1", "8.8.8.8", "nonsense")),
    "time": st.integers(1_700_000_000_000, 1_800_000_000_000).map(Instant),
    "yes": st.booleans(),
}
requests: st.SearchStrategy[PolicyRequest] = st.builds(
    PolicyRequest,
    principal=st.sampled_from(ROLES).map(lambda role: frozenset({("role", role), ("user", "ann")})),
    action=st.sampled_from(ACTIONS),
    resource_type=st.sampled_from(TYPES),
    resource=st.sampled_from(("files/a", "files/b", "files/b/c", "other/a", "files/")),
    attributes=st.fixed_dictionaries({}, optional=_VALUES),
)
