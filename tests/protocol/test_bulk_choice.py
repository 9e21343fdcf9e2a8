"""Tests of the choice of bulk's path: by what each brings, tried again now and then, without flapping."""

import random

import pytest

from horizon_desktop.domain.instants import Tick
from horizon_desktop.protocol.bulk_choice import AGAIN_MS, BulkChoice, BulkWay

RELAY, PLAIN, FAST = 1, 2, 3
STEP_MS = 50
MB = 1_000_000


class Race:
    """Paths that each bring so much while they are chosen; rates wobble by a seed."""

    def __init__(self, rates: dict[int, int], *, seed: int = 1, wobble: float = 0.1) -> None:
        self.choice = BulkChoice()
        self.rates = dict(rates)
        self.suspects: set[int] = set()
        self.moves: list[tuple[int, int]] = []
        self.came = 0
        self._random = random.Random(seed)
        self._wobble = wobble
        self._now = 0

    def run(self, ms: int, *, is_busy: bool = True) -> int:
        """Let time pass; return the bytes that came in it."""
        before = self.came
        for _ in range(ms // STEP_MS):
            self._now += STEP_MS
            rate = self.rates.get(self.choice.current, 0) * (1 + self._random.uniform(-self._wobble, self._wobble))
            size = int(rate * STEP_MS / 1000) if is_busy else 0
            self.came += size
            self.choice.settled(size)
            ways = [BulkWay(path, 3 - path, is_suspect=path in self.suspects) for path in self.rates]
            if self.choice.look(ways, is_busy=is_busy, now=Tick(self._now)):
                self.moves.append((self._now, self.choice.current))
        return self.came - before


@pytest.mark.parametrize("best", [RELAY, PLAIN, FAST])
@pytest.mark.parametrize("seed", range(3))
def test_the_path_that_brings_most_carries_whatever_its_rank(best: int, seed: int) -> None:
    race = Race({path: 20 * MB if path == best else 3 * MB for path in (RELAY, PLAIN, FAST)}, seed=seed)
    race.run(6000)
    assert race.choice.current == best
    assert race.run(20_000) > 0.9 * 20 * MB * 20


def test_paths_that_are_level_do_not_take_turns() -> None:
    race = Race({RELAY: 10 * MB, FAST: 11 * MB}, wobble=0.15)
    race.run(10_000)
    settled = len(race.moves)
    race.run(15_000)
    assert len(race.moves) == settled


def test_a_path_that_drops_is_left_for_a_better_one_within_seconds() -> None:
    race = Race({RELAY: 8 * MB, FAST: 30 * MB})
    race.run(10_000)
    assert race.choice.current == FAST
    race.rates[FAST] = 1 * MB
    race.run(6000)
    assert race.choice.current == RELAY


def test_one_that_has_become_better_is_found_by_and_by() -> None:
    race = Race({RELAY: 8 * MB, FAST: 2 * MB})
    race.run(10_000)
    assert race.choice.current == RELAY
    race.rates[FAST] = 40 * MB
    race.run(AGAIN_MS + 10_000)
    assert race.choice.current == FAST


def test_trying_the_others_costs_little() -> None:
    race = Race({RELAY: 1 * MB, PLAIN: 2 * MB, FAST: 50 * MB})
    race.run(5000)
    assert race.run(600_000) > 0.97 * 50 * MB * 600


def test_a_new_path_is_tried_at_once() -> None:
    race = Race({RELAY: 5 * MB})
    race.run(5000)
    race.rates[FAST] = 50 * MB
    race.run(2500)
    assert race.choice.current == FAST


def test_a_path_that_has_gone_or_fallen_silent_is_left_at_once() -> None:
    race = Race({RELAY: 5 * MB, FAST: 50 * MB})
    race.run(8000)
    race.suspects.add(FAST)
    race.run(STEP_MS)
    assert race.choice.current == RELAY
    race.suspects.clear()
    race.run(5000)
    assert race.choice.current == FAST
    del race.rates[FAST]
    race.run(STEP_MS)
    assert race.choice.current == RELAY


def test_time_without_anything_to_send_says_nothing_about_a_path() -> None:
    race = Race({RELAY: 5 * MB, FAST: 50 * MB})
    race.run(8000)
    moves = len(race.moves)
    race.run(120_000, is_busy=False)
    race.run(5000)
    assert race.choice.current == FAST
    assert len(race.moves) <= moves + 2


def test_without_any_path_there_is_no_choice() -> None:
    race = Race({})
    race.run(1000)
    assert race.choice.current == 0
    race.rates[RELAY] = MB
    race.run(STEP_MS)
    assert race.choice.current == RELAY
