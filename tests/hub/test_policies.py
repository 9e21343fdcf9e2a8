"""A hub asks its policies about whoever has proven a key: by address, by key, by hour; a refusal is told in words."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from horizon_desktop.adapters.web.hub_client import WebHubDialer
from horizon_desktop.domain.access.policy import (
    Comparison,
    Condition,
    Effect,
    HourRange,
    Policy,
    PrincipalPattern,
    ResourcePattern,
)
from horizon_desktop.domain.access.policy_gates import ENTER_HUB
from horizon_desktop.domain.ids import peer_id_of
from horizon_desktop.errors import AccessRefused
from horizon_desktop.services.hub_gate import HubGate
from horizon_desktop.services.policies import Policies
from tests.hub.people import ROOMY, Guest, Host, open_test_hub
from tests.hub.test_server import CLOCK, ENTROPY, connect, register


@pytest.fixture
async def dialer() -> AsyncIterator[WebHubDialer]:
    async with WebHubDialer(clock=CLOCK, entropy=ENTROPY) as made:
        yield made


def enter(*conditions: Condition, who: PrincipalPattern, path: str = "hub/*") -> Policy:
    return Policy(
        name=f"{who.type}-{len(conditions)}",
        effect=Effect.ALLOW,
        principals=(who,),
        resources=(ResourcePattern("hub", path),),
        actions=(ENTER_HUB,),
        conditions=conditions,
    )


def asking(*policies: Policy) -> HubGate:
    return HubGate(Policies(policies), clock=CLOCK)


ANYBODY = PrincipalPattern("any", "*")
LOOPBACK = Comparison("address", "cidr", ("127.0.0.0/8", "::1/128"))
ELSEWHERE = Comparison("address", "notCidr", ("127.0.0.0/8", "::1/128"))


async def test_hosts_and_guests_are_asked_about_with_the_key_they_proved(tmp_path: Path, dialer: WebHubDialer) -> None:
    host, other = Host(), Host(2)
    listed = enter(who=PrincipalPattern("device", peer_id_of(host.keypair.key)), path="hub/host")
    guests = enter(LOOPBACK, who=PrincipalPattern("role", "guest"))
    policy = msgspec.structs.replace(ROOMY, gate=asking(listed, guests))
    async with open_test_hub(tmp_path, clock=CLOCK, entropy=ENTROPY, policy=policy) as hub:
        await register(dialer, hub, host)
        with pytest.raises(AccessRefused) as refused:
            await register(dialer, hub, other)
        assert refused.value.key == "hub.closed"
        await connect(dialer, hub, host, Guest())


async def test_an_address_outside_the_networks_is_refused(tmp_path: Path, dialer: WebHubDialer) -> None:
    policy = msgspec.structs.replace(ROOMY, gate=asking(enter(ELSEWHERE, who=ANYBODY)))
    async with open_test_hub(tmp_path, clock=CLOCK, entropy=ENTROPY, policy=policy) as hub:
        with pytest.raises(AccessRefused) as refused:
            await register(dialer, hub, Host())
        assert refused.value.key == "hub.closed"
        with pytest.raises(AccessRefused) as invitee:
            await dialer.open_mailbox(hub.address("127.0.0.1"), Guest().caller, locator=Host().locator())
        assert invitee.value.key == "hub.closed"


async def test_the_hours_of_a_hub_are_those_of_its_own_clock(tmp_path: Path, dialer: WebHubDialer) -> None:
    minute = CLOCK.now().instant.ms // 60_000 % 1440
    now = HourRange(minute, (minute + 5) % 1440)
    later = HourRange((minute + 5) % 1440, (minute + 10) % 1440)
    for hours, is_open in ((now, True), (later, False)):
        held = asking(enter(Comparison("time", "timeOfDay", hours), who=ANYBODY))
        policy = msgspec.structs.replace(ROOMY, gate=held)
        async with open_test_hub(tmp_path, clock=CLOCK, entropy=ENTROPY, policy=policy) as hub:
            if is_open:
                await register(dialer, hub, Host())
                continue
            with pytest.raises(AccessRefused):
                await register(dialer, hub, Host())


async def test_the_built_in_policies_let_everybody_in_as_a_hub_without_any_does(
    tmp_path: Path, dialer: WebHubDialer
) -> None:
    policy = msgspec.structs.replace(ROOMY, gate=HubGate(Policies(), clock=CLOCK))
    async with open_test_hub(tmp_path, clock=CLOCK, entropy=ENTROPY, policy=policy) as hub:
        host = Host()
        await register(dialer, hub, host)
        await connect(dialer, hub, host, Guest())
