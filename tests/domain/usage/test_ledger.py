"""Quotas and pools as pure rules: whatever happens, nothing below zero and nothing above limit plus burst."""

from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from horizon_desktop.domain.decision import Allow, Deny
from horizon_desktop.domain.instants import Instant
from horizon_desktop.domain.usage.amounts import (
    MAX_AMOUNT,
    ResourceType,
    amount,
    gibibytes_of,
    hours_of,
    positive,
    times,
    times_down,
)
from horizon_desktop.domain.usage.cost import Attribution, CostEntry, bill_of, cost_of
from horizon_desktop.domain.usage.quota import EphemeralQuota, QuotaStatus
from horizon_desktop.errors import LocalProtocolError, UsageError

NOW = Instant(1000)
ID = UUID(int=1)
micro = st.integers(0, 10**9).map(lambda count: Decimal(count).scaleb(-6))
multipliers = st.integers(10_000, 100_000).map(lambda count: Decimal(count).scaleb(-4))


def quota_of(limit: Decimal, burst: Decimal = Decimal(1), rate: Decimal = Decimal(0)) -> EphemeralQuota:
    return EphemeralQuota(
        id=ID,
        ephemeral_identity_id=ID,
        tenant_id=ID,
        sponsor_id="ana",
        beneficiary_id="maya",
        resource_type=ResourceType.GPU_HOURS,
        limit_value=limit,
        starts_at=NOW,
        expires_at=Instant(2000),
        burst_enabled=burst > 1,
        burst_multiplier=burst,
        cost_rate=rate,
        status=QuotaStatus.ACTIVE,
        created_at=NOW,
        updated_at=NOW,
    )


steps = st.lists(st.tuples(st.sampled_from(("reserve", "commit", "release")), micro), max_size=40)


@given(micro, multipliers, micro, steps)
def test_a_ledger_stays_between_zero_and_limit_plus_burst_and_its_cost_is_that_of_each_step(
    limit: Decimal, burst: Decimal, rate: Decimal, moves: list[tuple[str, Decimal]]
) -> None:
    quota, held, cost = quota_of(limit, burst, rate), [], Decimal(0)
    for move, figure in moves:
        if move == "reserve":
            if isinstance(quota.may_reserve(figure, now=NOW), Allow):
                quota = quota.reserved(figure, now=NOW)
                held.append(figure)
        elif held:
            last = held.pop()
            if move == "release":
                quota = quota.released(last, now=NOW)
            else:
                used = min(figure, last)
                quota = quota.committed(last, used, now=NOW)
                cost += cost_of(used, rate)
        assert quota.reserved_value == sum(held)
        assert quota.used_value >= 0
        assert quota.used_value + quota.reserved_value <= quota.ceiling <= quota.limit_value * burst
    assert quota.actual_cost == cost


def test_what_was_never_reserved_cannot_be_committed_or_released() -> None:
    quota = quota_of(Decimal(10))
    with pytest.raises(LocalProtocolError):
        quota.released(Decimal(1), now=NOW)
    with pytest.raises(LocalProtocolError):
        quota.committed(Decimal(1), Decimal(1), now=NOW)
    with pytest.raises(LocalProtocolError):
        quota.reserved(Decimal(11), now=NOW)


def test_a_quota_is_live_from_its_start_until_just_before_its_end() -> None:
    quota = quota_of(Decimal(10))
    assert isinstance(quota.is_live(Instant(999)), Deny)
    assert quota.is_live(Instant(1000)) == Allow()
    assert quota.is_live(Instant(1999)) == Allow()
    assert isinstance(quota.is_live(Instant(2000)), Deny)


@pytest.mark.parametrize(
    ("used", "percent"), [("49.999999", 0), ("50", 50), ("80", 80), ("94.9", 80), ("95", 95), ("100", 100)]
)
def test_marks_are_reached_exactly(used: str, percent: int) -> None:
    quota = quota_of(Decimal(100)).reserved(Decimal(100), now=NOW).committed(Decimal(100), Decimal(used), now=NOW)
    assert quota.warned_percent == percent


def _exact(value: Decimal | int | str) -> Decimal | str:
    """Return the amount, or the key by which it is refused."""
    try:
        return amount(value)
    except UsageError as refused:
        return refused.key


@given(st.decimals(allow_nan=True, allow_infinity=True) | st.text() | st.integers())
def test_an_amount_is_exact_or_refused(value: Decimal | int | str) -> None:
    exact = _exact(value)
    if isinstance(exact, str):
        assert exact == "usage.amount"
    else:
        assert exact == Decimal(value)
        assert 0 <= exact <= MAX_AMOUNT
        assert exact.as_tuple().exponent == -6


def test_nothing_is_no_positive_amount() -> None:
    with pytest.raises(UsageError):
        positive(Decimal("0.000000"))


@given(micro, micro)
def test_a_product_is_rounded_once_by_at_most_half_a_millionth(quantity: Decimal, rate: Decimal) -> None:
    assert abs(times(quantity, rate) - quantity * rate) <= Decimal("0.0000005")
    assert 0 <= quantity * rate - times_down(quantity, rate) < Decimal("0.000001")


@given(st.lists(st.integers(0, 10**9), max_size=30))
def test_a_meter_that_debits_differences_of_its_running_total_loses_nothing(readings: list[int]) -> None:
    total, debited = 0, Decimal(0)
    for reading in readings:
        before = hours_of(total)
        total += reading
        debited += hours_of(total) - before
    assert debited == hours_of(total)
    assert 0 <= Decimal(total) / 3_600_000 - debited < Decimal("0.000001")


def test_hours_and_gibibytes_are_what_they_are_called() -> None:
    assert hours_of(3_600_000) == 1
    assert hours_of(1) == Decimal(0)
    assert gibibytes_of(2**30 * 5 // 2) == Decimal("2.5")


entries = st.builds(
    lambda sponsor, guest, session, resource, quantity, rate: CostEntry(
        id=ID,
        tenant_id=ID,
        sponsor_id=sponsor,
        beneficiary_id=guest,
        session_id=session,
        resource_type=resource,
        quantity=quantity,
        rate=rate,
        cost=cost_of(quantity, rate),
        booked_at=NOW,
    ),
    st.sampled_from(("ana", "bo")),
    st.sampled_from(("maya", "li", "kim")),
    st.sampled_from(("", "s1", "s2")),
    st.sampled_from(ResourceType),
    micro,
    micro,
)


@given(st.lists(entries, max_size=40), st.sampled_from(Attribution))
def test_the_shares_of_a_bill_sum_to_its_total_to_the_last_digit(booked: list[CostEntry], by: Attribution) -> None:
    bill = bill_of(booked, by, since=NOW, until=NOW)
    assert bill.total == sum(entry.cost for entry in booked)
    assert bill.total == sum(line.cost for line in bill.lines)
    for resource in ResourceType:
        whole = sum(entry.quantity for entry in booked if entry.resource_type is resource)
        assert whole == sum(line.quantities.get(resource, Decimal(0)) for line in bill.lines)
