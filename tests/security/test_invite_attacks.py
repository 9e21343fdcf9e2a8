"""Hostile hubs and impatient guests against the running service, with the real database where places are counted."""

import asyncio
from pathlib import Path

import pytest

from horizon_desktop.adapters.storage.store import SqlStore
from horizon_desktop.domain.access.invitation import InvitationLink
from horizon_desktop.domain.access.places import InviteState
from horizon_desktop.domain.events import KnockClosed, PeerKnocked
from horizon_desktop.errors import AccessRefused, InviteRefused, Unreachable
from horizon_desktop.ports.hub import Mailbox, MailboxOpened
from horizon_desktop.protocol.redemption_effects import Redeemed
from horizon_desktop.services.invitations import MAX_MAILBOXES
from tests.security.meddling import DropsConfirmations, MeddledMailbox
from tests.services.invitation_house import NOON, Guest, House, opened, session_row, waiting_key, wrong_code


async def _end_of(guest: Guest, *arguments: object, **named: object) -> Redeemed | str:
    try:
        return await guest.redeem(*arguments, **named)  # type: ignore[arg-type]
    except (AccessRefused, Unreachable) as refused:
        return refused.key


async def test_six_guests_at_once_get_exactly_the_places_there_are(tmp_path: Path) -> None:
    async with SqlStore(tmp_path / "horizon.db") as store:
        house = House(row=session_row(is_approval_asked=False), store=store)
        async with opened(house):
            invite = await house.invite(places=4)
            async with asyncio.TaskGroup() as group:
                tries = [group.create_task(_end_of(Guest(house, f"guest{n}"), invite)) for n in range(6)]
            ends = [each.result() for each in tries]
            row = await store.invite(invite.row.invitation_id)
    assert sum(isinstance(end, Redeemed) for end in ends) == 4
    assert [end for end in ends if isinstance(end, str)] == ["invite.full", "invite.full"]
    assert row is not None
    assert (row.places_taken, row.places_reserved, row.tries, row.state) == (4, 0, 0, InviteState.FULL)
    assert row.sealed == b""


async def test_six_wrong_guesses_at_once_are_five_tries(tmp_path: Path) -> None:
    async with SqlStore(tmp_path / "horizon.db") as store, opened(House(store=store)) as house:
        invite = await house.invite(places=6)
        assert invite.secrets is not None
        wrong = wrong_code(invite.secrets.shown_code)
        async with asyncio.TaskGroup() as group:
            tries = [group.create_task(_end_of(Guest(house, f"g{n}"), invite, code=wrong)) for n in range(6)]
        row = await store.invite(invite.row.invitation_id)
    ends = sorted(str(each.result()) for each in tries)
    assert ends == ["code.locked", "code.locked", "code.wrong", "code.wrong", "code.wrong", "code.wrong.last"]
    assert row is not None
    assert (row.tries, row.state) == (5, InviteState.BURNED)


async def test_a_hub_that_drops_the_third_message_ten_times_costs_no_try() -> None:
    async with opened(House()) as house:
        guest, hub = Guest(house), DropsConfirmations(10)

        async def behind_the_hub(link: InvitationLink) -> Mailbox:
            return MeddledMailbox(await guest._open_mailbox(link), hub)

        guest.open_mailbox = behind_the_hub
        invite = await house.invite()
        async with asyncio.TaskGroup() as group:
            redeeming = group.create_task(guest.redeem(invite))
            while hub.left:
                await house.clock.run_for(ms=250)
            await house.clock.run_for(seconds=2)
            await house.fact(PeerKnocked)
            await house.invitations.admit(waiting_key(house))
            await redeeming
        row = await house.store.invite(invite.row.invitation_id)
    assert row is not None
    assert row.tries == 0
    assert len(set(hub.seen)) == 1


async def test_a_knock_repeated_after_a_decline_waits_its_minute_and_the_third_pauses() -> None:
    async with opened(House()) as house:
        guest, invite, ends = Guest(house), await house.invite(), []
        for number in range(3):
            async with asyncio.TaskGroup() as group:
                knocking = group.create_task(_end_of(guest, invite))
                await house.fact(PeerKnocked, number=number + 1)
                await house.invitations.decline(waiting_key(house))
            ends += [knocking.result(), await _end_of(guest, invite)]
            house.clock.advance(seconds=61)
        ends.append(await _end_of(guest, invite))
        assert len([fact for fact in house.facts if isinstance(fact, PeerKnocked)]) == 3
    assert ends == [
        "join.declined", "code.slow", "join.declined", "code.slow", "join.declined", "invite.paused", "invite.paused",
    ]  # fmt: skip


async def test_two_knocks_of_one_device_are_one() -> None:
    async with opened(House()) as house:
        invite = await house.invite(places=5)
        async with asyncio.TaskGroup() as group:
            first = group.create_task(Guest(house).redeem(invite))
            await house.fact(PeerKnocked)
            second = Guest(house)
            second.entropy.draw(7)
            with pytest.raises(InviteRefused) as refused:
                await second.redeem(invite)
            await house.invitations.admit(waiting_key(house))
            await first
    assert refused.value.key == "knock.open"


async def test_a_device_takes_one_place_however_often_it_comes() -> None:
    async with opened(House(row=session_row(is_approval_asked=False))) as house:
        invite = await house.invite(places=5)
        await Guest(house).redeem(invite)
        again = Guest(house)
        again.entropy.draw(7)
        with pytest.raises(InviteRefused) as refused:
            await again.redeem(invite)
        row = await house.store.invite(invite.row.invitation_id)
    assert refused.value.key == "invite.used"
    assert row is not None
    assert row.places_taken == 1


async def test_a_stale_preview_that_a_hub_kept_is_refused() -> None:
    async with opened(House()) as house:
        invite, guest = await house.invite(), Guest(house)
        assert invite.secrets is not None
        house.clock.jump(minutes=24 * 60 + 2)
        with pytest.raises(InviteRefused) as refused:
            await guest.preview(invite.secrets.link)
    assert refused.value.key == "preview.stale"


async def test_an_older_preview_that_a_hub_serves_again_stops_the_guest() -> None:
    async with opened(House()) as house:
        invite, guest = await house.invite(), Guest(house)
        assert invite.secrets is not None
        older = await guest.preview(invite.secrets.link)
        await house.invitations.session_changed(session_row(expires_at=NOON.plus(7_200_000)))
        assert await _end_of(guest, invite, shown=older) == "invite.changed"
        row = await house.store.invite(invite.row.invitation_id)
    assert row is not None
    assert row.tries == 0


async def test_a_preview_is_signed_anew_before_it_dies() -> None:
    long = session_row(expires_at=NOON.plus(48 * 3_600_000))
    async with opened(House(row=long)) as house, asyncio.TaskGroup() as group:
        keeping = group.create_task(house.invitations.run())
        invite, guest = await house.invite(), Guest(house)
        assert invite.secrets is not None
        first = await guest.preview(invite.secrets.link)
        house.clock.jump(minutes=13 * 60)
        await house.clock.run_for(seconds=1)
        renewed = await guest.preview(invite.secrets.link)
        keeping.cancel()
    assert first is not None
    assert renewed is not None
    assert renewed.signed_at.since(first.signed_at) >= 13 * 3_600_000
    assert renewed.terms_hash == first.terms_hash


async def test_a_mailbox_with_garbage_is_closed_and_the_others_go_on() -> None:
    async with opened(House()) as house:
        invite, guest = await house.invite(), Guest(house)
        assert invite.secrets is not None
        box = await guest.open_mailbox(invite.secrets.link)
        await box.send(b"\x93\x01garbage")
        with pytest.raises(Unreachable):
            await box.receive()
        async with asyncio.TaskGroup() as group:
            redeeming = group.create_task(Guest(house, "noor").redeem(invite))
            await house.fact(PeerKnocked)
            await house.invitations.admit(waiting_key(house))
            await redeeming


async def test_a_hub_that_opens_mailboxes_without_end_fills_no_memory() -> None:
    async with opened(House()) as house:
        invite = await house.invite()
        sent_away: list[int] = []

        class Hub:
            async def close_mailbox(self, mailbox: int) -> None:
                sent_away.append(mailbox)

        hub = Hub()
        for number in range(MAX_MAILBOXES + 10):
            await house.invitations.mailbox_event(hub, MailboxOpened(number, invite.row.locator))  # type: ignore[arg-type]
    assert len(sent_away) == 10


async def test_the_hub_hears_neither_code_nor_link_secret_nor_name() -> None:
    async with opened(House()) as house:
        invite = await house.invite()
        assert invite.secrets is not None
        async with asyncio.TaskGroup() as group:
            redeeming = group.create_task(Guest(house).redeem(invite))
            await house.fact(PeerKnocked)
            await house.invitations.admit(waiting_key(house))
            await redeeming
        await house.fact(KnockClosed)
        heard = bytes(house.hub.heard)
    for secret in (
        invite.secrets.link.secret,
        invite.secrets.code.encode(),
        b"Maya",
        b"zephyr",
        b"Loss spike",
        b"aurora",
    ):
        assert secret not in heard
    assert bytes(invite.secrets.link.locator) in heard
