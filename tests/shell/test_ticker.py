"""The ticker: the time in the state is the clock's."""

from PySide6.QtWidgets import QApplication

from horizon_desktop.domain.instants import Instant
from horizon_desktop.presentation.state import AppState
from horizon_desktop.shell.store import Store
from horizon_desktop.shell.ticker import Ticker
from tests.fakes.clock import FakeClock


def test_a_tick_puts_the_clocks_time_into_the_state(qapp: QApplication) -> None:
    del qapp
    clock, store = FakeClock(Instant(1_800_000_000_000)), Store(AppState())
    ticker = Ticker(clock, store)
    ticker.tick()
    assert store.state.now == Instant(1_800_000_000_000)
    clock.advance(seconds=5)
    ticker.tick()
    ticker.stop()
    assert store.state.now == Instant(1_800_000_005_000)
