"""Policies written back as plain data of a document, which reads as the same policy again."""

from horizon_desktop.domain.access.policy import (
    API_VERSION,
    KIND,
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    HourRange,
    Not,
    Operand,
    Policy,
    WeekDays,
)
from horizon_desktop.domain.access.policy_operands import DAYS

Plain = dict[str, object]


def policy_document(policy: Policy) -> Plain:
    """Return a policy as mappings, lists and scalars, in the order that people write them."""
    metadata: Plain = {"name": policy.name}
    if policy.description:
        metadata["description"] = policy.description
    if policy.reason:
        metadata["reason"] = policy.reason
    spec: Plain = {
        "principals": [
            {"type": each.type} if each.type == "any" else {"type": each.type, "value": each.value}
            for each in policy.principals
        ],
        "resources": [{"type": each.type, "pattern": each.pattern} for each in policy.resources],
        "actions": list(policy.actions),
        "effect": policy.effect.value,
    }
    if policy.conditions:
        spec["conditions"] = [_condition(each) for each in policy.conditions]
    return {"apiVersion": API_VERSION, "kind": KIND, "metadata": metadata, "spec": spec}


def _condition(condition: Condition) -> Plain:
    match condition:
        case Comparison():
            return {condition.attribute: {condition.operator: _operand(condition.operand)}}
        case Not(part=part):
            return {"not": _condition(part)}
        case AnyOf(parts=parts):
            return {"anyOf": [_condition(part) for part in parts]}
        case AllOf(parts=parts):
            return _of_one_attribute(parts) or {"allOf": [_condition(part) for part in parts]}


def _of_one_attribute(parts: tuple[Condition, ...]) -> Plain | None:
    """Return `{gpus: {gte: 1, lte: 8}}` for comparisons of one attribute, which read as one group."""
    comparisons = [part for part in parts if isinstance(part, Comparison)]
    is_one = len({part.attribute for part in comparisons}) == 1 and len(comparisons) == len(parts) > 1
    if not is_one or len({part.operator for part in comparisons}) < len(parts):
        return None
    return {comparisons[0].attribute: {part.operator: _operand(part.operand) for part in comparisons}}


def _operand(operand: Operand) -> object:
    if isinstance(operand, HourRange):
        return {"from": _clock(operand.from_minute), "to": _clock(operand.to_minute), "zone": operand.zone}
    if isinstance(operand, WeekDays):
        return {"days": [DAYS[day] for day in operand.days], "zone": operand.zone}
    return list(operand) if isinstance(operand, tuple) else operand


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
