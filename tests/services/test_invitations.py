"""Invites from the host's first click to the guest's token, through a hub in memory."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from horizon_desktop.domain.access.capability import Role
from horizon_desktop.domain.access.places import InviteState
from horizon_desktop.domain.events import (
    CodeTried,
    InvitationCreated,
    InviteChanged,
    KnockClosed,
    PeerKnocked,
)
from horizon_desktop.domain.ids import peer_id_of, session_text
from horizon_desktop.errors import AccessRefused, InviteRefused, Unreachable, UsageError
from tests.services.invitation_house import HOUR, NOON, Guest, House, opened, session_row, waiting_key, wrong_code


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with opened(House()) as served:
        yield served


@pytest.fixture
def maya(house: House) -> Guest:
    return Guest(house)


async def test_an_invite_is_told_and_its_secrets_can_be_shown(house: House) -> None:
    invite = await house.invite()
    created = await house.fact(InvitationCreated)
    assert str(created.invitation_id) == invite.row.invitation_id
    assert invite.secrets is not None
    assert invite.secrets.app_link.startswith("horizon://join/")
    assert len(invite.secrets.shown_code) == 9


async def test_an_invite_never_outlives_its_session(house: House) -> None:
    invite = await house.invite()
    assert invite.row.expires_at == house.row.expires_at


@pytest.mark.parametrize("places", [0, 31])
async def test_an_invite_has_one_to_thirty_places(house: House, places: int) -> None:
    with pytest.raises(UsageError):
        await house.invite(places=places)


async def test_the_preview_at_the_hub_shows_who_invites_to_what(house: House, maya: Guest) -> None:
    invite = await house.invite()
    assert invite.secrets is not None
    preview = await maya.preview(invite.secrets.link)
    assert preview is not None
    assert (preview.host_name, preview.title, preview.role) == ("aurora", "Loss spike", Role.EDITOR)
    assert preview.channels == {"edits": 2, "cursors": 2, "chat": 2, "measure": 0}
    assert preview.expires_at == NOON.plus(HOUR)
    assert preview.files == 1


async def test_a_guest_with_link_and_code_is_let_in(house: House, maya: Guest) -> None:
    invite = await house.invite()
    async with asyncio.TaskGroup() as group:
        redeeming = group.create_task(maya.redeem(invite))
        knocked = await house.fact(PeerKnocked)
        await house.invitations.admit(waiting_key(house))
        redeemed = await redeeming
    closed = await house.fact(KnockClosed)
    assert (knocked.name, knocked.device, knocked.pictures) == ("Maya", "zephyr", redeemed.pictures)
    assert redeemed.role is Role.EDITOR
    assert closed.outcome == "admitted"
    assert maya.waiting[0].pictures == redeemed.pictures


async def test_the_host_may_give_a_lower_role_than_the_invites(house: House, maya: Guest) -> None:
    invite = await house.invite()
    async with asyncio.TaskGroup() as group:
        redeeming = group.create_task(maya.redeem(invite))
        await house.fact(PeerKnocked)
        await house.invitations.admit(waiting_key(house), Role.OBSERVER)
        assert (await redeeming).role is Role.OBSERVER


async def test_the_host_may_not_give_a_higher_role_than_the_invites(house: House, maya: Guest) -> None:
    invite = await house.invite(role=Role.OBSERVER)
    async with asyncio.TaskGroup() as group:
        redeeming = group.create_task(maya.redeem(invite))
        await house.fact(PeerKnocked)
        with pytest.raises(UsageError) as refused:
            await house.invitations.admit(waiting_key(house), Role.EDITOR)
        await house.invitations.admit(waiting_key(house))
        await redeeming
    assert refused.value.key == "role.above"


async def test_without_approval_the_right_code_is_enough(maya: Guest) -> None:
    async with opened(House(row=session_row(is_approval_asked=False))) as house:
        guest = Guest(house)
        redeemed = await guest.redeem(await house.invite())
        assert redeemed.host == house.parts.key.key


async def test_a_session_without_room_refuses_who_was_not_asked_about() -> None:
    async with opened(House(row=session_row(is_approval_asked=False))) as house:
        house.no_room = "session.writers"
        with pytest.raises(InviteRefused) as refused:
            await Guest(house).redeem(await house.invite())
        assert refused.value.key == "session.writers"
        assert house.invitations.views()[0].row.places_reserved == 0


async def test_a_guest_waits_on_when_there_is_no_room_in_the_role_that_was_chosen(house: House, maya: Guest) -> None:
    invite = await house.invite()
    async with asyncio.TaskGroup() as group:
        redeeming = group.create_task(maya.redeem(invite))
        await house.fact(PeerKnocked)
        house.no_room = "session.writers"
        with pytest.raises(AccessRefused):
            await house.invitations.admit(waiting_key(house))
        house.no_room = ""
        await house.invitations.admit(waiting_key(house), Role.OBSERVER)
        assert (await redeeming).role is Role.OBSERVER


async def test_a_declined_guest_is_told_and_its_place_is_free(house: House, maya: Guest) -> None:
    invite = await house.invite()
    with pytest.raises(InviteRefused) as refused:
        async with asyncio.timeout(10):
            redeeming = asyncio.gather(maya.redeem(invite), _decline_next(house))
            await redeeming
    assert refused.value.key == "join.declined"
    assert house.invitations.views()[0].row.places_reserved == 0


async def _decline_next(house: House, number: int = 1) -> None:
    await house.fact(PeerKnocked, number=number)
    await house.invitations.decline(waiting_key(house))


async def test_a_declined_key_waits_a_minute(house: House, maya: Guest) -> None:
    invite = await house.invite()
    with pytest.raises(InviteRefused):
        await asyncio.gather(maya.redeem(invite), _decline_next(house))
    house.clock.advance(seconds=20)
    with pytest.raises(InviteRefused) as refused:
        await maya.redeem(invite)
    assert (refused.value.key, refused.value.values["s"]) == ("code.slow", 40)


async def test_three_declined_knocks_in_a_row_pause_the_invite_until_the_host_resumes(house: House) -> None:
    invite = await house.invite()
    for number in range(3):
        with pytest.raises(InviteRefused):
            await asyncio.gather(Guest(house, f"g{number}").redeem(invite), _decline_next(house, number + 1))
    with pytest.raises(InviteRefused) as paused:
        await Guest(house, "g3").redeem(invite)
    await house.invitations.resume(invite.name)
    async with asyncio.TaskGroup() as group:
        redeeming = group.create_task(Guest(house, "g4").redeem(invite))
        await house.fact(PeerKnocked, number=4)
        await house.invitations.admit(waiting_key(house))
        await redeeming
    assert paused.value.key == "invite.paused"
    assert InviteState.PAUSED in [fact.state for fact in house.facts if isinstance(fact, InviteChanged)]


async def test_nobody_answers_for_two_minutes(house: House, maya: Guest) -> None:
    invite = await house.invite()
    async with asyncio.TaskGroup() as group:
        keeping = group.create_task(house.invitations.run())
        redeeming = group.create_task(_refusal_of(maya.redeem(invite)))
        await house.fact(PeerKnocked)
        await house.clock.run_for(minutes=2, seconds=1)
        assert await redeeming == "join.declined"
        keeping.cancel()
    assert (await house.fact(KnockClosed)).outcome == "expired"


async def _refusal_of(redeeming: object) -> str:
    with pytest.raises((AccessRefused, Unreachable)) as refused:
        await redeeming  # type: ignore[misc]
    return refused.value.key


async def test_a_wrong_code_is_told_to_both(house: House, maya: Guest) -> None:
    invite = await house.invite()
    assert invite.secrets is not None
    with pytest.raises(InviteRefused) as refused:
        await maya.redeem(invite, code=wrong_code(invite.secrets.shown_code))
    tried = await house.fact(CodeTried)
    assert (refused.value.key, refused.value.values["n"]) == ("code.wrong", 4)
    assert (tried.invite_name, tried.tries_left) == (invite.name, 4)


async def test_the_last_try_is_announced_before_and_the_fifth_wrong_code_burns_the_invite(house: House) -> None:
    invite = await house.invite()
    assert invite.secrets is not None
    wrong = wrong_code(invite.secrets.shown_code)
    keys = [await _refusal_of(Guest(house, f"g{number}").redeem(invite, code=wrong)) for number in range(5)]
    right = await _refusal_of(Guest(house, "late").redeem(invite))
    assert keys == ["code.wrong", "code.wrong", "code.wrong", "code.wrong.last", "code.locked"]
    assert right == "code.locked"
    assert house.invitations.views()[0].row.state is InviteState.BURNED


async def test_a_burned_invites_secrets_are_wiped_from_the_store(house: House) -> None:
    invite = await house.invite()
    assert invite.secrets is not None
    wrong = wrong_code(invite.secrets.shown_code)
    for number in range(5):
        await _refusal_of(Guest(house, f"g{number}").redeem(invite, code=wrong))
    row = await house.store.invite(invite.row.invitation_id)
    assert row is not None
    assert row.sealed == b""


async def test_a_typo_is_found_before_anything_is_sent(house: House, maya: Guest) -> None:
    invite = await house.invite()
    before = len(house.hub.heard)
    with pytest.raises(InviteRefused) as refused:
        await maya.redeem(invite, code="0000-0001")
    assert refused.value.key == "code.typo"
    assert len(house.hub.heard) == before


async def test_a_used_invites_secrets_are_wiped_and_shown_no_more(house: House, maya: Guest) -> None:
    invite = await house.invite()
    async with asyncio.TaskGroup() as group:
        redeeming = group.create_task(maya.redeem(invite))
        await house.fact(PeerKnocked)
        await house.invitations.admit(waiting_key(house))
        await redeeming
    row = await house.store.invite(invite.row.invitation_id)
    assert row is not None
    assert row.sealed == b""
    assert house.invitations.views()[0].secrets is None


async def test_a_used_invite_says_so_to_the_next(house: House, maya: Guest) -> None:
    invite = await house.invite()
    async with asyncio.TaskGroup() as group:
        redeeming = group.create_task(maya.redeem(invite))
        await house.fact(PeerKnocked)
        await house.invitations.admit(waiting_key(house))
        await redeeming
    assert await _refusal_of(Guest(house, "noor").redeem(invite)) == "invite.used"


async def test_a_cancelled_invite_sends_away_who_waits_and_who_comes(house: House, maya: Guest) -> None:
    invite = await house.invite()
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(_refusal_of(maya.redeem(invite)))
        await house.fact(PeerKnocked)
        await house.invitations.cancel(invite.name)
        assert await waiting == "invite.cancelled"
    assert await _refusal_of(Guest(house, "noor").redeem(invite)) == "invite.cancelled"


async def test_an_invite_expires_by_itself(house: House, maya: Guest) -> None:
    invite = await house.invite()
    async with asyncio.TaskGroup() as group:
        keeping = group.create_task(house.invitations.run())
        await house.clock.run_for(minutes=61)
        keeping.cancel()
    assert await _refusal_of(maya.redeem(invite)) == "invite.expired"
    assert house.invitations.views()[0].row.state is InviteState.EXPIRED


async def test_an_unknown_invite_cannot_be_cancelled(house: House) -> None:
    with pytest.raises(UsageError) as refused:
        await house.invitations.cancel("0000")
    assert refused.value.key == "invite.unknown"


async def test_nobody_waits_so_nobody_can_be_let_in(house: House, maya: Guest) -> None:
    await house.invite()
    with pytest.raises(UsageError):
        await house.invitations.admit(maya.key.key)


async def test_cancelling_the_join_takes_the_knock_back(house: House, maya: Guest) -> None:
    invite = await house.invite()
    async with asyncio.TaskGroup() as group:
        redeeming = group.create_task(maya.redeem(invite))
        await house.fact(PeerKnocked)
        redeeming.cancel()
    closed = await house.fact(KnockClosed)
    assert (closed.outcome, closed.peer_id) == ("withdrawn", peer_id_of(maya.key.key))


async def test_another_file_is_told_in_the_preview_and_changes_no_terms(house: House, maya: Guest) -> None:
    invite = await house.invite()
    assert invite.secrets is not None
    before = await maya.preview(invite.secrets.link)
    house.files = 3
    async with asyncio.TaskGroup() as group:
        keeping = group.create_task(house.invitations.run())
        await house.clock.run_for(seconds=1)
        keeping.cancel()
    after = await maya.preview(invite.secrets.link)
    assert before is not None
    assert after is not None
    assert (before.files, after.files) == (1, 3)
    assert before.terms_hash == after.terms_hash


async def test_new_terms_stop_a_guest_that_saw_the_old_ones(house: House, maya: Guest) -> None:
    invite = await house.invite()
    assert invite.secrets is not None
    shown = await maya.preview(invite.secrets.link)
    await house.invitations.session_changed(session_row(title="Something else"))
    assert await _refusal_of(maya.redeem(invite, shown=shown)) == "invite.changed"
    fresh = await maya.preview(invite.secrets.link)
    async with asyncio.TaskGroup() as group:
        redeeming = group.create_task(maya.redeem(invite, shown=fresh))
        await house.fact(PeerKnocked)
        await house.invitations.admit(waiting_key(house))
        await redeeming


async def test_tries_and_secrets_survive_a_crash_of_the_host(house: House) -> None:
    invite = await house.invite()
    assert invite.secrets is not None
    await _refusal_of(Guest(house).redeem(invite, code=wrong_code(invite.secrets.shown_code)))
    again = House(store=house.store)
    await again.invitations.load()
    view = again.invitations.views()[0]
    assert view.row.tries == 1
    assert view.secrets == invite.secrets


async def test_a_knock_does_not_survive_a_crash_of_the_host_and_holds_no_place(house: House, maya: Guest) -> None:
    invite = await house.invite()
    async with asyncio.TaskGroup() as group:
        redeeming = group.create_task(maya.redeem(invite))
        await house.fact(PeerKnocked)
        again = House(store=house.store)
        await again.invitations.load()
        assert again.invitations.views()[0].row.places_reserved == 0
        redeeming.cancel()


async def test_a_guest_waits_through_a_restart_of_the_hub(house: House, maya: Guest) -> None:
    invite = await house.invite()
    async with asyncio.TaskGroup() as group:
        redeeming = group.create_task(maya.redeem(invite))
        await house.fact(PeerKnocked)
        house.hub.stop()
        house.hub.start()
        serving = group.create_task(house.serve())
        for _ in range(8):
            await house.clock.run_for(ms=500)
        await house.invitations.admit(waiting_key(house))
        await redeeming
        serving.cancel()


async def test_a_guest_dials_again_until_the_host_is_back_at_the_hub(house: House, maya: Guest) -> None:
    invite = await house.invite()
    async with asyncio.TaskGroup() as group:
        redeeming = group.create_task(maya.redeem(invite))
        await house.fact(PeerKnocked)
        house.hub.stop()
        house.hub.start()
        for _ in range(12):
            await house.clock.run_for(ms=250)
        serving = group.create_task(house.serve())
        for _ in range(20):
            await house.clock.run_for(ms=250)
        await house.invitations.admit(waiting_key(house))
        await redeeming
        serving.cancel()


async def test_a_hub_without_the_host_is_told_apart_from_a_bad_code(maya: Guest, house: House) -> None:
    invite = await house.invite()
    house.hub.stop()
    with pytest.raises(Unreachable):
        await maya.redeem(invite)


async def test_a_guest_whose_clock_is_off_is_told_and_let_in(house: House, maya: Guest) -> None:
    invite = await house.invite()
    maya.house = House(row=house.row, store=house.store)
    maya.house.dialer, maya.house.hub = house.dialer, house.hub
    maya.house.clock.jump(minutes=25)
    async with asyncio.TaskGroup() as group:
        redeeming = group.create_task(maya.redeem(invite))
        await house.fact(PeerKnocked)
        await house.invitations.admit(waiting_key(house))
        redeemed = await redeeming
    assert maya.skews == [25]
    assert redeemed.host_offset_ms == -25 * 60_000


async def test_everybody_is_sent_away_when_the_session_closes(house: House, maya: Guest) -> None:
    invite = await house.invite()
    assert invite.secrets is not None
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(_refusal_of(maya.redeem(invite)))
        await house.fact(PeerKnocked)
        await house.invitations.close()
        assert await waiting == "join.declined"
    assert await maya.preview(invite.secrets.link) is None


async def test_a_broken_store_refuses_and_the_service_goes_on(house: House, maya: Guest) -> None:
    invite = await house.invite()
    house.store.is_broken = True  # type: ignore[attr-defined]
    with pytest.raises(Unreachable):
        await maya.redeem(invite)
    house.store.is_broken = False  # type: ignore[attr-defined]
    async with asyncio.TaskGroup() as group:
        redeeming = group.create_task(Guest(house, "noor").redeem(invite))
        await house.fact(PeerKnocked)
        await house.invitations.admit(waiting_key(house))
        await redeeming


async def test_events_name_the_session_they_belong_to(house: House, maya: Guest) -> None:
    invite = await house.invite()
    with pytest.raises(InviteRefused):
        await asyncio.gather(maya.redeem(invite), _decline_next(house))
    texts = {fact.session_id for fact in house.facts if isinstance(fact, PeerKnocked | KnockClosed | InviteChanged)}
    assert texts == {session_text(house.row.session_id)}


async def test_a_device_that_was_let_in_before_is_known_at_its_next_knock(house: House, maya: Guest) -> None:
    known = []
    for number in (1, 2):
        invite = await house.invite()
        async with asyncio.TaskGroup() as group:
            group.create_task(maya.redeem(invite))
            known.append((await house.fact(PeerKnocked, number=number)).is_known)
            await house.invitations.admit(waiting_key(house))
    assert known == [False, True]
