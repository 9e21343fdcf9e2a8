"""The promises of the HubDialer port, kept over real TLS on the loopback and by the hub in memory alike."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec
import pytest

from horizon_desktop.adapters.system import SystemClock, SystemEntropy
from horizon_desktop.adapters.web.hub_client import WebHubDialer
from horizon_desktop.domain.access.invitation import HubAddress
from horizon_desktop.domain.access.token import RelayRights
from horizon_desktop.domain.collaboration.channel import Lane
from horizon_desktop.errors import AccessRefused, HubPinMismatch, LinkLost, Unreachable
from horizon_desktop.ports.hub import (
    Caller,
    HubDialer,
    LinkClosed,
    LinkOpened,
    MailboxClosed,
    MailboxMessage,
    MailboxOpened,
    RelayFrame,
)
from tests.fakes.hub import MemoryHub, MemoryHubDialer
from tests.hub.people import Guest, Host, open_test_hub

CLOCK = SystemClock()


class World:
    """A hub and a dialer that reaches it."""

    def __init__(self, dialer: HubDialer, address: HubAddress, stop: AsyncExitStack) -> None:
        self.dialer = dialer
        self.address = address
        self._stop = stop

    async def stop(self) -> None:
        await self._stop.aclose()

    async def host(self, host: Host):
        return await self.dialer.register(self.address, host.caller, session=host.session, session_nonce=host.nonce)

    async def member(self, host: Host, guest: Guest, token: bytes | None = None):
        token = token if token is not None else host.token(guest, now=CLOCK.now().instant)
        return await self.dialer.connect(self.address, guest.caller, session=host.session, token=token)


@pytest.fixture(params=["real", "fake"])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    async with asyncio.timeout(30), AsyncExitStack() as stack, AsyncExitStack() as hub_stack:
        entropy = SystemEntropy()
        if request.param == "fake":
            memory = MemoryHub(clock=CLOCK, entropy=entropy)
            hub_stack.callback(memory.stop)
            yield World(MemoryHubDialer(memory, clock=CLOCK), memory.address, hub_stack)
            return
        hub = await hub_stack.enter_async_context(open_test_hub(tmp_path, clock=CLOCK, entropy=entropy))
        dialer = await stack.enter_async_context(WebHubDialer(clock=CLOCK, entropy=entropy))
        yield World(dialer, hub.address("127.0.0.1"), hub_stack)


async def next_event(events: AsyncIterator):
    async with asyncio.timeout(5):
        return await anext(events)


async def test_a_preview_can_be_fetched_while_its_host_is_connected(world: World) -> None:
    host = Host()
    hub = await world.host(host)
    await hub.publish(host.preview(sealed=b"first"))
    await hub.publish(host.preview(sealed=b"second"))
    assert await world.dialer.fetch_preview(world.address, host.locator()) == b"second"


async def test_a_withdrawn_preview_is_gone(world: World) -> None:
    host = Host()
    hub = await world.host(host)
    await hub.publish(host.preview())
    await hub.withdraw(host.locator())
    assert await world.dialer.fetch_preview(world.address, host.locator()) is None


async def test_a_preview_under_a_locator_of_somebody_else_is_refused(world: World) -> None:
    host = Host()
    hub = await world.host(host)
    stolen = msgspec.structs.replace(host.preview(), locator=Host(2).locator())
    with pytest.raises(AccessRefused) as refused:
        await hub.publish(stolen)
    assert refused.value.key == "invite.locator"


async def test_a_session_id_that_the_key_does_not_give_is_refused(world: World) -> None:
    host = Host()
    with pytest.raises(AccessRefused) as refused:
        await world.dialer.register(world.address, host.caller, session=Host(2).session, session_nonce=host.nonce)
    assert refused.value.key == "session.id"


async def test_a_mailbox_carries_messages_both_ways_in_order(world: World) -> None:
    host, guest = Host(), Guest()
    hub = await world.host(host)
    await hub.publish(host.preview())
    events = hub.events()
    mailbox = await world.dialer.open_mailbox(world.address, guest.caller, locator=host.locator())
    opened = await next_event(events)
    assert isinstance(opened, MailboxOpened) and opened.locator == host.locator()
    await mailbox.send(b"one")
    await mailbox.send(b"two")
    assert await next_event(events) == MailboxMessage(opened.mailbox, b"one")
    assert await next_event(events) == MailboxMessage(opened.mailbox, b"two")
    await hub.send_mailbox(opened.mailbox, b"three")
    await hub.send_mailbox(opened.mailbox, b"four")
    assert [await mailbox.receive(), await mailbox.receive()] == [b"three", b"four"]
    await mailbox.close()
    assert await next_event(events) == MailboxClosed(opened.mailbox)


async def test_a_mailbox_that_the_host_closes_ends_at_the_invitee(world: World) -> None:
    host, guest = Host(), Guest()
    hub = await world.host(host)
    await hub.publish(host.preview())
    events = hub.events()
    mailbox = await world.dialer.open_mailbox(world.address, guest.caller, locator=host.locator())
    opened = await next_event(events)
    await hub.send_mailbox(opened.mailbox, b"last words")
    await hub.close_mailbox(opened.mailbox)
    assert await mailbox.receive() == b"last words"
    with pytest.raises(LinkLost):
        await mailbox.receive()


async def test_an_invite_of_a_host_that_is_away_has_no_mailbox(world: World) -> None:
    with pytest.raises(AccessRefused) as refused:
        await world.dialer.open_mailbox(world.address, Guest().caller, locator=Host().locator())
    assert refused.value.key == "host.away"


async def test_a_session_whose_host_is_away_has_no_relay(world: World) -> None:
    with pytest.raises(AccessRefused) as refused:
        await world.member(Host(), Guest())
    assert refused.value.key == "host.away"


async def test_every_lane_is_relayed_both_ways(world: World) -> None:
    host, guest = Host(), Guest()
    hub = await world.host(host)
    events = hub.events()
    member = await world.member(host, guest)
    assert await next_event(events) == LinkOpened(member.link, guest.keypair.key)
    arriving = member.events()
    for lane in Lane:
        await member.send_relay(lane, b"up" * lane)
        await hub.send_relay(member.link, lane, b"down" * lane)
    up = {await next_event(events) for _ in Lane}
    down = {await next_event(arriving) for _ in Lane}
    assert up == {RelayFrame(member.link, lane, b"up" * lane) for lane in Lane}
    assert down == {RelayFrame(member.link, lane, b"down" * lane) for lane in Lane}


async def test_a_lane_keeps_its_order(world: World) -> None:
    host, guest = Host(), Guest()
    hub = await world.host(host)
    member = await world.member(host, guest)
    arriving = member.events()
    for number in range(200):
        await hub.send_relay(member.link, Lane.INTERACTIVE, number.to_bytes(2, "big") * 100)
    seen = [int.from_bytes((await next_event(arriving)).data[:2], "big") for _ in range(200)]
    assert seen == list(range(200))


NOW = CLOCK.now().instant


@pytest.mark.parametrize(
    ("token", "rule"),
    [
        (Host().token(Guest(), now=NOW, session=Host(2).session), "token.session"),
        (Host().token(Guest(101), now=NOW), "token.device"),
        (Host().token(Guest(), now=NOW, relay=RelayRights(targets=(Guest(9).keypair.key,))), "relay.target"),
    ],
)
async def test_a_token_of_another_session_device_or_target_opens_nothing(world: World, token: bytes, rule: str) -> None:
    host = Host()
    await world.host(host)
    with pytest.raises(AccessRefused) as refused:
        await world.member(host, Guest(), token)
    assert refused.value.key == rule


async def test_a_token_that_another_host_signed_opens_nothing(world: World) -> None:
    host, guest, stranger = Host(), Guest(), Host(2)
    await world.host(host)
    forged = stranger.token(guest, now=CLOCK.now().instant, session=host.session)
    with pytest.raises(AccessRefused) as refused:
        await world.member(host, guest, forged)
    assert refused.value.key == "token.bad"


async def test_a_removed_guest_is_cut_and_stays_out(world: World) -> None:
    host, guest = Host(), Guest()
    hub = await world.host(host)
    events = hub.events()
    member = await world.member(host, guest)
    await next_event(events)
    await hub.publish_revocations(host.revocations(1, removed=(guest,)))
    assert await next_event(events) == LinkClosed(member.link, "access.revoked")
    with pytest.raises(LinkLost) as lost:
        await next_event(member.events())
    assert lost.value.values["reason"] == "access.revoked"
    with pytest.raises(AccessRefused) as refused:
        await world.member(host, guest)
    assert refused.value.key == "access.revoked"


async def test_a_revocation_list_with_a_lower_number_changes_nothing(world: World) -> None:
    host, guest = Host(), Guest()
    hub = await world.host(host)
    await hub.publish_revocations(host.revocations(7, removed=(guest,)))
    await hub.publish_revocations(host.revocations(6))
    with pytest.raises(AccessRefused):
        await world.member(host, guest)


async def test_a_revocation_list_that_another_host_signed_is_refused(world: World) -> None:
    host = Host()
    hub = await world.host(host)
    with pytest.raises(AccessRefused) as refused:
        await hub.publish_revocations(Host(2).revocations(1))
    assert refused.value.key == "revocations.bad"


async def test_an_expired_token_opens_the_control_lane_and_a_new_one_the_rest(world: World) -> None:
    host, guest = Host(), Guest()
    hub = await world.host(host)
    events = hub.events()
    member = await world.member(host, guest, host.token(guest, now=CLOCK.now().instant, life_ms=-120_000))
    await next_event(events)
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(member.send_relay(Lane.INTERACTIVE, b"later"))
        await member.send_relay(Lane.CONTROL, b"now")
        assert await next_event(events) == RelayFrame(member.link, Lane.CONTROL, b"now")
        assert not waiting.done()
        await member.renew(host.token(guest, now=CLOCK.now().instant))
        assert await next_event(events) == RelayFrame(member.link, Lane.INTERACTIVE, b"later")


async def test_a_renewal_with_a_token_of_somebody_else_is_refused(world: World) -> None:
    host, guest, other = Host(), Guest(), Guest(101)
    await world.host(host)
    member = await world.member(host, guest)
    with pytest.raises(AccessRefused) as refused:
        await member.renew(host.token(other, now=CLOCK.now().instant))
    assert refused.value.key == "token.device"


async def test_a_device_may_dial_anew_before_its_last_connection_has_gone(world: World) -> None:
    host, guest = Host(), Guest()
    hub = await world.host(host)
    events = hub.events()
    first = await world.member(host, guest)
    second = await world.member(host, guest)
    await first.send_relay(Lane.CONTROL, b"old")
    await second.send_relay(Lane.CONTROL, b"new")
    seen = {await next_event(events) for _ in range(4)}
    assert seen >= {RelayFrame(first.link, Lane.CONTROL, b"old"), RelayFrame(second.link, Lane.CONTROL, b"new")}


async def test_of_too_many_connections_of_a_device_the_oldest_ends(world: World) -> None:
    host, guest = Host(), Guest()
    hub = await world.host(host)
    events = hub.events()
    members = [await world.member(host, guest) for _ in range(4)]
    seen = [await next_event(events) for _ in range(5)]
    assert LinkClosed(members[0].link, "link.replaced") in seen
    with pytest.raises(LinkLost) as lost:
        await next_event(members[0].events())
    assert lost.value.values["reason"] == "link.replaced"
    await members[3].send_relay(Lane.CONTROL, b"newest")
    assert await next_event(events) == RelayFrame(members[3].link, Lane.CONTROL, b"newest")


async def test_a_link_that_the_host_closes_ends_with_its_reason(world: World) -> None:
    host, guest = Host(), Guest()
    hub = await world.host(host)
    member = await world.member(host, guest)
    await hub.close_link(member.link, "access.revoked")
    with pytest.raises(LinkLost) as lost:
        await next_event(member.events())
    assert lost.value.values["reason"] == "access.revoked"


async def test_bytes_for_a_link_that_has_gone_are_swallowed(world: World) -> None:
    host, guest = Host(), Guest()
    hub = await world.host(host)
    events = hub.events()
    member = await world.member(host, guest)
    await next_event(events)
    await member.close()
    assert isinstance(await next_event(events), LinkClosed)
    await hub.send_relay(member.link, Lane.CONTROL, b"too late")
    await hub.publish(host.preview())


async def test_a_host_that_leaves_takes_its_members_links_along(world: World) -> None:
    host, guest = Host(), Guest()
    hub = await world.host(host)
    member = await world.member(host, guest)
    await hub.close()
    with pytest.raises(LinkLost) as lost:
        await next_event(member.events())
    assert lost.value.values["reason"] == "host.away"


async def test_a_host_that_comes_back_takes_its_session_over(world: World) -> None:
    host, guest = Host(), Guest()
    first = await world.host(host)
    second = await world.host(host)
    with pytest.raises(LinkLost) as lost:
        await next_event(first.events())
    assert lost.value.values["reason"] == "host.replaced"
    member = await world.member(host, guest)
    assert await next_event(second.events()) == LinkOpened(member.link, guest.keypair.key)


async def test_the_end_of_a_hub_is_told_with_its_reason(world: World) -> None:
    host, guest = Host(), Guest()
    hub = await world.host(host)
    member = await world.member(host, guest)
    await world.stop()
    for events in (hub.events(), member.events()):
        with pytest.raises(LinkLost) as lost:
            async for _ in events:
                pass
        assert lost.value.values["reason"] in {"hub.stopping", "host.away"}
    with pytest.raises(Unreachable):
        await world.host(host)


async def test_a_hub_with_another_key_gets_nothing_signed(world: World) -> None:
    host = Host()
    signed: list[bytes] = []

    def sign(statement: bytes) -> bytes:
        signed.append(statement)
        return host.keypair.sign(statement)

    caller = Caller(key=host.keypair.key, sign=sign)
    impostor = msgspec.structs.replace(world.address, pin=b"p" * 16)
    with pytest.raises(HubPinMismatch):
        await world.dialer.register(impostor, caller, session=host.session, session_nonce=host.nonce)
    with pytest.raises(HubPinMismatch):
        await world.dialer.fetch_preview(impostor, host.locator())
    assert signed == []


async def test_nobody_there_is_unreachable(world: World) -> None:
    nowhere = HubAddress(host="127.0.0.1", port=1)
    with pytest.raises(Unreachable) as unreachable:
        await world.dialer.fetch_preview(nowhere, Host().locator())
    assert unreachable.value.values["hub"] == "127.0.0.1:1"
    assert not isinstance(unreachable.value, HubPinMismatch)
