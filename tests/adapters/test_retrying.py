"""What is asked again and what is not, by a dialer over a hub in memory that is down for a while."""

from collections.abc import Iterator

import pytest
import stamina

from horizon_desktop.adapters.retrying import ATTEMPTS, RetryingDialer, may_pass
from horizon_desktop.adapters.system import SystemClock, SystemEntropy
from horizon_desktop.domain.access.invitation import HubAddress
from horizon_desktop.domain.ids import Locator
from horizon_desktop.errors import (
    AccessRefused,
    HorizonError,
    HubBusy,
    HubPinMismatch,
    LinkLost,
    StoreUnavailable,
    Unreachable,
    UsageError,
)
from tests.fakes.hub import MemoryHub, MemoryHubDialer
from tests.hub.people import Guest, Host

LOCATOR = Locator(b"l" * 16)


class LateHub(MemoryHubDialer):
    """A way to a hub that is down for the first calls."""

    def __init__(self, hub: MemoryHub, *, down_for: int) -> None:
        super().__init__(hub, clock=SystemClock())
        self.calls = 0
        self._down_for = down_for

    async def fetch_preview(self, hub: HubAddress, locator: Locator) -> bytes | None:
        self.calls += 1
        if self.calls <= self._down_for:
            raise Unreachable("down", hub=hub.authority)
        return await super().fetch_preview(hub, locator)


@pytest.fixture
def hub() -> Iterator[MemoryHub]:
    memory = MemoryHub(clock=SystemClock(), entropy=SystemEntropy())
    yield memory
    memory.stop()


@pytest.fixture
def without_pauses() -> Iterator[None]:
    stamina.set_testing(True, attempts=ATTEMPTS)
    yield
    stamina.set_testing(False)


async def test_a_preview_is_fetched_again_while_the_hub_is_down(hub: MemoryHub, without_pauses: None) -> None:
    late = LateHub(hub, down_for=2)
    assert await RetryingDialer(late).fetch_preview(hub.address, LOCATOR) is None
    assert late.calls == 3


async def test_a_hub_that_stays_down_is_asked_three_times(hub: MemoryHub, without_pauses: None) -> None:
    late = LateHub(hub, down_for=10)
    with pytest.raises(Unreachable):
        await RetryingDialer(late).fetch_preview(hub.address, LOCATOR)
    assert late.calls == ATTEMPTS


async def test_the_real_pauses_are_tenths_of_a_second(hub: MemoryHub) -> None:
    late = LateHub(hub, down_for=1)
    clock = SystemClock()
    before = clock.now().tick
    await RetryingDialer(late).fetch_preview(hub.address, LOCATOR)
    assert clock.now().tick.since(before) >= 90


async def test_what_is_not_a_preview_is_handed_through(hub: MemoryHub) -> None:
    host, dialer = Host(), RetryingDialer(MemoryHubDialer(hub, clock=SystemClock()))
    seated = await dialer.register(hub.address, host.caller, session=host.session, session_nonce=host.nonce)
    guest = Guest()
    token = host.token(guest, now=SystemClock().now().instant)
    member = await dialer.connect(hub.address, guest.caller, session=host.session, token=token)
    assert member.link > 0
    await member.close()
    await seated.close()
    with pytest.raises(AccessRefused):
        await dialer.open_mailbox(hub.address, guest.caller, locator=LOCATOR)


@pytest.mark.parametrize(
    ("failure", "answer"),
    [
        (Unreachable(), True),
        (LinkLost(), True),
        (HubBusy(retry_ms=1500), 1.5),
        (HubBusy(retry_ms=60_000), False),
        (HubPinMismatch(), False),
        (AccessRefused(code="code.slow", s=1), False),
        (UsageError(), False),
        (StoreUnavailable(), False),
        (HorizonError(), False),
        (ValueError(), False),
    ],
)
def test_only_an_absence_is_asked_again(failure: Exception, answer: bool | float) -> None:
    assert may_pass(failure) == answer
