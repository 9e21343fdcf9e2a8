"""Figures, bars and sentences of quotas and pools, from exact amounts."""

from decimal import Decimal

import msgspec
import pytest

from horizon_desktop.presentation.select_usage import person_name, usage_view
from horizon_desktop.presentation.usage_page import BarView, amount_of, bar_of, figure, money, permille
from horizon_desktop.presentation.wording import Words
from tests.pictures.invented_usage import ME, NOW, reading, state, usage
from tests.presentation.example_state import GUEST, running


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "0"),
        ("0.000001", "< 0.01"),
        ("0.5", "0.5"),
        ("12.50", "12.5"),
        ("99.999", "100"),
        ("412", "412"),
        ("412.6", "413"),
        ("1236", "1,236"),
        ("9000000", "9,000,000"),
    ],
)
def test_amounts_are_read_by_people(amount: str, text: str) -> None:
    assert figure(Decimal(amount)) == text


@pytest.mark.parametrize(
    ("cost", "currency", "text"),
    [("1236", "EUR", "\u20ac1,236"), ("3.2", "EUR", "\u20ac3.20"), ("0", "USD", "$0"), ("12", "SEK", "12 SEK")],
)
def test_money_has_its_sign(cost: str, currency: str, text: str) -> None:
    assert money(Decimal(cost), currency) == text


@pytest.mark.parametrize(
    ("typed", "taken"),
    [
        ("8", "8"),
        (" 0,5 ", "0.5"),
        ("1e2", "100"),
        ("0", ""),
        ("-3", ""),
        ("x", ""),
        ("", ""),
        ("NaN", ""),
        ("1.0000001", ""),
        ("1e40", ""),
    ],
)
def test_a_typed_amount_is_taken_or_refused_whole(typed: str, taken: str) -> None:
    assert amount_of(typed) == taken


def test_a_bar_ends_at_the_ceiling_with_its_tick_at_the_limit() -> None:
    bar = bar_of(used=Decimal(412), reserved=Decimal(38), limit=Decimal(500), ceiling=Decimal(650))
    assert bar == BarView(used=633, reserved=58, limit=769)


def test_a_bar_without_burst_has_no_tick_and_never_leaves_its_frame() -> None:
    assert bar_of(used=Decimal(5), reserved=Decimal(0), limit=Decimal(10), ceiling=Decimal(10)).limit == 1000
    full = bar_of(used=Decimal(10), reserved=Decimal(3), limit=Decimal(10), ceiling=Decimal(10))
    assert full.used + full.reserved <= 1000
    assert permille(Decimal(3), Decimal(0)) == 0


def test_the_page_says_what_the_picture_says() -> None:
    view = usage()
    quota = view.quotas[0]
    assert (quota.used, quota.limit, quota.reserved, quota.ceiling) == ("412", "500", "38", "650")
    assert quota.owner == Words("usage.quota.mine", {"unit": "gpu_hours", "name": ""})
    assert quota.ends == Words("usage.ends.days", {"n": 9})
    assert (quota.forecast, quota.is_over) == (Words("usage.forecast.fine", {"amount": "486"}), False)
    assert next((row.name, row.share, row.cost) for row in view.sponsors) == ("Group allocation", 650, "\u20ac804")
    assert [pool.state for pool in view.pools] == ["open", "open", "review", "low"]
    assert (view.waiting[0].age, view.waiting[1].age) == (Words("age.hours", {"n": 3}), Words("age.minutes", {"n": 42}))
    assert [row.is_approved for row in view.decided] == [True, False, True]
    assert [row.day for row in view.decided] == ["2026-11-21", "2026-11-18", "2026-11-17"]


def test_a_forecast_over_the_limit_is_said() -> None:
    quota = msgspec.structs.replace(reading().quotas[0], forecast=Decimal(620))
    shown = usage_view(state(msgspec.structs.replace(reading(), quotas=(quota,)))).quotas[0]
    assert (shown.forecast, shown.is_over) == (Words("usage.forecast.over", {"amount": "620"}), True)


def test_people_are_called_by_their_names_and_strangers_by_the_beginning_of_their_key() -> None:
    window = msgspec.structs.replace(running(), usage=reading())
    assert person_name(window, GUEST) == "kestrel"
    assert person_name(state(), ME) == "aurora"
    assert person_name(state(), "ab" * 32) == "abababab"
    assert person_name(state(), "x\u202ey@lab.example") == "xy@lab.example"


def test_before_the_first_reading_nothing_is_claimed() -> None:
    view = usage_view(msgspec.structs.replace(state(), usage=None))
    assert (view.is_read, view.is_empty, view.quotas, view.cost) == (False, False, (), "")
    assert state().now == NOW
