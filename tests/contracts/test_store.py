"""The promises of the Store port, kept by the SQLite store and by the fake alike."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from horizon_desktop.adapters.storage.store import SqlStore
from horizon_desktop.domain.access.invitation import HubAddress
from horizon_desktop.domain.access.places import InviteState, KnockEnd
from horizon_desktop.domain.decision import Allow, Deny
from horizon_desktop.domain.ids import DeviceKey, FileId, IdentityId, InvitationId, Locator, SessionId
from horizon_desktop.domain.instants import Instant
from horizon_desktop.errors import LocalProtocolError
from horizon_desktop.ports.records import (
    DocumentRow,
    FileRow,
    FileStart,
    IdentityQuery,
    IdentityRow,
    InviteRow,
    MembershipRow,
    MirrorBaseRow,
    SessionRow,
    SessionState,
)
from horizon_desktop.ports.storage import Store
from tests.fakes.store import MemoryStore

NOON = Instant(1_795_262_400_000)
HOUR = 3_600_000
SESSION = SessionId(b"s" * 32)
OTHER = SessionId(b"o" * 32)
INVITE = InvitationId("6a2f41a3-c54c-fce8-32d2-0324e1c32e22")
GUEST = DeviceKey(b"g" * 32)
THIRD = DeviceKey(b"t" * 32)
FILE = FileId(b"f" * 16)


def session_row(session_id: SessionId = SESSION, **changes: object) -> SessionRow:
    row = SessionRow(
        session_id=session_id,
        nonce=b"n" * 16,
        session_type="pair",
        title="Loss spike 🔥",
        created_at=NOON,
        expires_at=NOON.plus(HOUR),
        limit_at=NOON.plus(24 * HOUR),
        role="editor",
        channels={"edits": 2, "chat": 2},
        is_approval_asked=True,
        is_relay_allowed=False,
        hub="https://hub.example:7443",
        folder="/srv/train",
    )
    return msgspec.structs.replace(row, **changes)


def invite_row(**changes: object) -> InviteRow:
    row = InviteRow(
        invitation_id=INVITE,
        session_id=SESSION,
        locator=Locator(b"l" * 16),
        nonce=b"m" * 16,
        role="editor",
        created_at=NOON,
        expires_at=NOON.plus(HOUR),
        places=2,
        sealed=b"sealed secrets",
    )
    return msgspec.structs.replace(row, **changes)


def identity_row(**changes: object) -> IdentityRow:
    row = IdentityRow(
        identity_id=IdentityId("9b2c"),
        session_id=SESSION,
        invitation_id=INVITE,
        sponsor_key=DeviceKey(b"h" * 32),
        guest_key=GUEST,
        name="Maya",
        device="zephyr",
        system="Linux",
        version="0.1.0",
        role="editor",
        channels={"edits": 2},
        state="active",
        created_at=NOON,
        expires_at=NOON.plus(HOUR),
        color=1,
    )
    return msgspec.structs.replace(row, **changes)


def membership_row(**changes: object) -> MembershipRow:
    row = MembershipRow(
        session_id=SESSION,
        host_key=DeviceKey(b"h" * 32),
        host_name="Ana",
        hubs=(HubAddress(host="fd00::1", port=7443, pin=b"\x00\xff" * 8), HubAddress(host="hub.example", port=443)),
        locator=Locator(b"l" * 16),
        token=b"token",
        name="Maya",
        role="editor",
        session_type="pair",
        title="Loss spike",
        created_at=NOON,
        expires_at=NOON.plus(HOUR),
        host_offset_ms=-480_000,
        mirror="/home/maya/d",
    )
    return msgspec.structs.replace(row, **changes)


def file_row(file_id: FileId = FILE, path: str = "train.py") -> FileRow:
    return FileRow(file_id=file_id, session_id=SESSION, path=path, disk_path=f"/srv/train/{path}")


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    if request.param == "memory":
        yield MemoryStore()
        return
    path = tmp_path / "profile" / "horizon.db"
    async with SqlStore(path if request.param == "sqlite" else request.getfixturevalue("new_postgres")) as opened:
        yield opened


@pytest.fixture
async def hosted(store: Store) -> Store:
    await store.open_session(session_row(), invite_row())
    return store


# --- sessions ---


async def test_a_session_comes_back_as_it_was_written(store: Store) -> None:
    await store.add_session(session_row())
    assert await store.session(SESSION) == session_row()


async def test_an_unknown_session_is_none(store: Store) -> None:
    assert await store.session(SESSION) is None


async def test_a_second_session_of_one_id_is_our_own_mistake(store: Store) -> None:
    await store.add_session(session_row())
    with pytest.raises(LocalProtocolError):
        await store.add_session(session_row())


async def test_session_and_invite_are_written_together_or_not_at_all(hosted: Store) -> None:
    with pytest.raises(LocalProtocolError):
        await hosted.open_session(session_row(OTHER), invite_row(session_id=OTHER))
    assert await hosted.session(OTHER) is None


async def test_sessions_are_listed_newest_first(store: Store) -> None:
    await store.add_session(session_row())
    await store.add_session(session_row(OTHER, created_at=NOON.plus(1)))
    assert [row.session_id for row in await store.sessions()] == [OTHER, SESSION]


async def test_sessions_are_listed_by_state(hosted: Store) -> None:
    await hosted.add_session(session_row(OTHER))
    await hosted.end_session(OTHER, reason="host", at=NOON)
    assert [row.session_id for row in await hosted.sessions(state=SessionState.OPEN)] == [SESSION]


async def test_an_update_keeps_nonce_and_creation_time(hosted: Store) -> None:
    await hosted.update_session(session_row(expires_at=NOON.plus(2 * HOUR), nonce=b"x" * 16, created_at=NOON.plus(9)))
    assert await hosted.session(SESSION) == session_row(expires_at=NOON.plus(2 * HOUR))


async def test_ending_a_session_cancels_its_invites_and_wipes_their_secrets(hosted: Store) -> None:
    assert await hosted.end_session(SESSION, reason="host", at=NOON.plus(5))
    invite = await hosted.invite(INVITE)
    assert invite is not None
    assert (invite.state, invite.sealed) == (InviteState.CANCELLED, b"")


async def test_a_session_ends_once(hosted: Store) -> None:
    await hosted.end_session(SESSION, reason="host", at=NOON.plus(5))
    assert not await hosted.end_session(SESSION, reason="expired", at=NOON.plus(9))
    ended = await hosted.session(SESSION)
    assert ended is not None
    assert (ended.state, ended.reason, ended.ended_at) == (SessionState.ENDED, "host", NOON.plus(5))


async def test_revocation_numbers_rise_by_one(hosted: Store) -> None:
    assert [await hosted.next_revocation_number(SESSION) for _ in range(3)] == [1, 2, 3]


async def test_an_update_never_lowers_the_revocation_number(hosted: Store) -> None:
    await hosted.next_revocation_number(SESSION)
    await hosted.update_session(session_row(revocation_number=0))
    assert await hosted.next_revocation_number(SESSION) == 2


async def test_what_has_expired_is_closed_together(hosted: Store) -> None:
    await hosted.add_identity(identity_row())
    await hosted.put_membership(membership_row(session_id=OTHER, host_offset_ms=0))
    swept = await hosted.close_expired(NOON.plus(HOUR))
    assert (swept.sessions, swept.invites) == ((SESSION,), (INVITE,))
    assert (swept.identities, swept.memberships) == ((IdentityId("9b2c"),), (OTHER,))


async def test_a_sweep_before_the_end_closes_nothing(hosted: Store) -> None:
    swept = await hosted.close_expired(NOON.plus(HOUR - 1))
    assert swept.sessions == () and swept.invites == ()


async def test_a_sweep_wipes_the_secrets_of_what_it_closes(hosted: Store) -> None:
    await hosted.put_membership(membership_row(session_id=OTHER, host_offset_ms=0))
    await hosted.close_expired(NOON.plus(HOUR))
    invite, membership = await hosted.invite(INVITE), await hosted.membership(OTHER)
    assert invite is not None and membership is not None
    assert (invite.sealed, membership.token) == (b"", b"")


async def test_an_expired_identity_gets_a_higher_epoch(hosted: Store) -> None:
    await hosted.add_identity(identity_row(epoch=3))
    await hosted.close_expired(NOON.plus(HOUR))
    identity = await hosted.identity(IdentityId("9b2c"))
    assert identity is not None
    assert (identity.state, identity.epoch) == ("expired", 4)


async def test_a_membership_expires_on_the_hosts_clock(store: Store) -> None:
    await store.put_membership(membership_row(host_offset_ms=-480_000))
    assert (await store.close_expired(NOON.plus(HOUR))).memberships == ()
    assert (await store.close_expired(NOON.plus(HOUR + 480_000))).memberships == (SESSION,)


async def test_a_purge_takes_all_that_hangs_on_an_old_session(hosted: Store) -> None:
    await hosted.add_identity(identity_row())
    await hosted.add_files(SESSION, [FileStart(file_row())])
    await hosted.keep_original(FILE, b"before")
    await hosted.end_session(SESSION, reason="host", at=NOON)
    assert await hosted.purge(NOON.plus(1)) == 1
    assert await hosted.session(SESSION) is None
    assert await hosted.invite(INVITE) is None
    assert await hosted.identities(SESSION) == ()
    assert await hosted.original(FILE) is None


async def test_a_purge_leaves_what_is_open(hosted: Store) -> None:
    assert await hosted.purge(NOON.plus(100 * HOUR)) == 0


# --- invites ---


async def test_an_invite_is_found_by_its_locator(hosted: Store) -> None:
    assert await hosted.invite_by_locator(Locator(b"l" * 16)) == invite_row()


async def test_invites_of_a_session_are_listed_newest_first(hosted: Store) -> None:
    later = invite_row(
        invitation_id=InvitationId("later"), locator=Locator(b"k" * 16), created_at=NOON.plus(1), places=30
    )
    await hosted.add_invite(later)
    assert await hosted.invites(SESSION) == (later, invite_row())


async def test_five_tries_are_counted_and_the_sixth_is_refused(hosted: Store) -> None:
    counted = [await hosted.count_try(INVITE, now=NOON) for _ in range(6)]
    assert counted == [1, 2, 3, 4, 5, Deny("code.locked")]


async def test_a_refused_try_is_not_counted(hosted: Store) -> None:
    await hosted.set_invite_state(INVITE, InviteState.PAUSED)
    assert await hosted.count_try(INVITE, now=NOON) == Deny("invite.paused")
    invite = await hosted.invite(INVITE)
    assert invite is not None
    assert invite.tries == 0


@pytest.mark.parametrize(
    ("state", "rule"),
    [
        (InviteState.BURNED, "code.locked"),
        (InviteState.EXPIRED, "invite.expired"),
        (InviteState.CANCELLED, "invite.cancelled"),
        (InviteState.FULL, "invite.full"),
    ],
)
async def test_a_closed_invite_refuses_tries_for_its_own_reason(hosted: Store, state: InviteState, rule: str) -> None:
    await hosted.set_invite_state(INVITE, state)
    assert await hosted.count_try(INVITE, now=NOON) == Deny(rule)


async def test_no_try_is_taken_at_the_very_end(hosted: Store) -> None:
    assert await hosted.count_try(INVITE, now=NOON.plus(HOUR)) == Deny("invite.expired")


async def test_an_unknown_invite_is_bad(hosted: Store) -> None:
    assert await hosted.count_try(InvitationId("unknown"), now=NOON) == Deny("invite.bad")


async def test_a_right_code_gives_its_try_back_and_reserves_a_place(hosted: Store) -> None:
    await hosted.count_try(INVITE, now=NOON)
    assert await hosted.give_back_and_reserve(INVITE, GUEST, now=NOON) == Allow()
    assert await hosted.invite(INVITE) == invite_row(tries=0, places_reserved=1)


async def test_a_right_code_gives_its_try_back_even_without_a_place(hosted: Store) -> None:
    await hosted.give_back_and_reserve(INVITE, GUEST, now=NOON)
    await hosted.count_try(INVITE, now=NOON)
    assert await hosted.give_back_and_reserve(INVITE, GUEST, now=NOON) == Deny("knock.open")
    invite = await hosted.invite(INVITE)
    assert invite is not None
    assert invite.tries == 0


async def test_a_third_device_finds_two_places_reserved(hosted: Store) -> None:
    await hosted.give_back_and_reserve(INVITE, GUEST, now=NOON)
    await hosted.give_back_and_reserve(INVITE, THIRD, now=NOON)
    assert await hosted.give_back_and_reserve(INVITE, DeviceKey(b"4" * 32), now=NOON) == Deny("invite.full")


async def test_the_last_place_makes_the_invite_full_and_wipes_its_secrets(hosted: Store) -> None:
    for key in (GUEST, THIRD):
        await hosted.give_back_and_reserve(INVITE, key, now=NOON)
        assert await hosted.consume_place(INVITE, key, now=NOON) == Allow()
    assert await hosted.invite(INVITE) == invite_row(state=InviteState.FULL, places_taken=2, sealed=b"")


async def test_a_place_that_nobody_reserved_cannot_be_consumed(hosted: Store) -> None:
    assert await hosted.consume_place(INVITE, GUEST, now=NOON) == Deny("knock.none")


async def test_a_device_gets_one_place_of_an_invite(hosted: Store) -> None:
    await hosted.give_back_and_reserve(INVITE, GUEST, now=NOON)
    await hosted.consume_place(INVITE, GUEST, now=NOON)
    assert await hosted.give_back_and_reserve(INVITE, GUEST, now=NOON) == Deny("invite.used")


async def test_a_declined_device_waits_a_minute(hosted: Store) -> None:
    await hosted.give_back_and_reserve(INVITE, GUEST, now=NOON)
    await hosted.free_place(INVITE, GUEST, how=KnockEnd.DECLINED, now=NOON)
    soon, later = NOON.plus(59_001), NOON.plus(60_000)
    assert await hosted.give_back_and_reserve(INVITE, GUEST, now=soon) == Deny("code.slow", "1")
    assert await hosted.give_back_and_reserve(INVITE, GUEST, now=later) == Allow()


async def test_a_freed_place_is_free_for_others(hosted: Store) -> None:
    await hosted.give_back_and_reserve(INVITE, GUEST, now=NOON)
    await hosted.free_place(INVITE, GUEST, how=KnockEnd.WITHDRAWN, now=NOON)
    assert await hosted.invite(INVITE) == invite_row()


async def test_the_third_decline_in_a_row_pauses_the_invite(hosted: Store) -> None:
    declines = []
    for number, how in enumerate((KnockEnd.DECLINED, KnockEnd.UNANSWERED, KnockEnd.DECLINED)):
        key = DeviceKey(bytes([number]) * 32)
        await hosted.give_back_and_reserve(INVITE, key, now=NOON)
        declines.append(await hosted.free_place(INVITE, key, how=how, now=NOON))
    invite = await hosted.invite(INVITE)
    assert invite is not None
    assert (declines, invite.state, invite.sealed) == ([1, 2, 3], InviteState.PAUSED, b"sealed secrets")


async def test_freeing_a_place_twice_counts_once(hosted: Store) -> None:
    await hosted.give_back_and_reserve(INVITE, GUEST, now=NOON)
    await hosted.free_place(INVITE, GUEST, how=KnockEnd.DECLINED, now=NOON)
    assert await hosted.free_place(INVITE, GUEST, how=KnockEnd.DECLINED, now=NOON) == 1


async def test_letting_somebody_in_forgets_the_declines(hosted: Store) -> None:
    await hosted.give_back_and_reserve(INVITE, GUEST, now=NOON)
    await hosted.free_place(INVITE, GUEST, how=KnockEnd.DECLINED, now=NOON)
    await hosted.give_back_and_reserve(INVITE, THIRD, now=NOON)
    await hosted.consume_place(INVITE, THIRD, now=NOON)
    invite = await hosted.invite(INVITE)
    assert invite is not None
    assert invite.declines == 0


async def test_a_resumed_invite_starts_counting_declines_anew(hosted: Store) -> None:
    await hosted.give_back_and_reserve(INVITE, GUEST, now=NOON)
    await hosted.free_place(INVITE, GUEST, how=KnockEnd.DECLINED, now=NOON)
    await hosted.set_invite_state(INVITE, InviteState.PAUSED)
    await hosted.set_invite_state(INVITE, InviteState.OPEN)
    assert await hosted.invite(INVITE) == invite_row()


async def test_knocks_of_a_dead_process_free_their_places(hosted: Store) -> None:
    await hosted.give_back_and_reserve(INVITE, GUEST, now=NOON)
    await hosted.drop_reservations(SESSION)
    assert await hosted.give_back_and_reserve(INVITE, GUEST, now=NOON) == Allow()


async def test_the_row_of_an_invite_never_shows_its_secrets() -> None:
    assert "sealed secrets" not in repr(invite_row())


# --- identities ---


async def test_an_identity_is_found_by_id_and_by_key(hosted: Store) -> None:
    await hosted.add_identity(identity_row())
    assert await hosted.identity(IdentityId("9b2c")) == identity_row()
    assert await hosted.identity_of(SESSION, GUEST) == identity_row()


async def test_one_device_has_one_identity_in_a_session(hosted: Store) -> None:
    await hosted.add_identity(identity_row())
    with pytest.raises(LocalProtocolError):
        await hosted.add_identity(identity_row(identity_id=IdentityId("other")))


async def test_an_identity_takes_the_place_of_the_devices_former_one(hosted: Store) -> None:
    await hosted.add_identity(identity_row(state="expired"))
    again = identity_row(identity_id=IdentityId("again"), epoch=1)
    await hosted.replace_identity(again)
    assert await hosted.identities(SESSION) == (again,)


async def test_an_updated_identity_is_read_back(hosted: Store) -> None:
    await hosted.add_identity(identity_row())
    changed = identity_row(state="revoked", epoch=1, reason="host", has_place=False, seen_at=NOON.plus(3))
    await hosted.update_identity(changed)
    assert await hosted.identities(SESSION) == (changed,)


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        (IdentityQuery(), True),
        (IdentityQuery(session_id=SESSION, guest_key=identity_row().guest_key), True),
        (IdentityQuery(sponsor_key=identity_row().sponsor_key, states=("active", "pending")), True),
        (IdentityQuery(beneficiary=identity_row().name), True),
        (IdentityQuery(session_id=OTHER), False),
        (IdentityQuery(guest_key=THIRD), False),
        (IdentityQuery(beneficiary="nobody"), False),
        (IdentityQuery(states=("revoked",)), False),
        (IdentityQuery(limit=0), False),
    ],
)
async def test_identities_are_found_by_what_matters(hosted: Store, query: IdentityQuery, is_found: bool) -> None:
    await hosted.add_identity(identity_row())
    assert await hosted.find_identities(query) == ((identity_row(),) if is_found else ())


async def test_only_finished_identities_are_purged(hosted: Store) -> None:
    await hosted.add_identity(identity_row())
    await hosted.add_identity(identity_row(identity_id=IdentityId("2"), guest_key=THIRD, state="revoked"))
    assert await hosted.purge_identities(NOON.plus(2 * HOUR)) == 1
    assert await hosted.identities(SESSION) == (identity_row(),)


# --- files and texts ---


async def test_files_are_listed_in_the_order_they_were_shared(hosted: Store) -> None:
    rows = (file_row(FileId(b"2" * 16), "b.py"), file_row(FileId(b"1" * 16), "a.py"))
    for row in rows:
        await hosted.add_files(SESSION, [FileStart(row)])
    assert await hosted.files(SESSION) == rows


async def test_two_files_may_bear_one_name(hosted: Store) -> None:
    await hosted.add_files(SESSION, [FileStart(file_row(FileId(b"1" * 16)))])
    await hosted.add_files(SESSION, [FileStart(file_row(FileId(b"2" * 16)))])
    assert len(await hosted.files(SESSION)) == 2


async def test_a_changed_file_keeps_its_place_in_the_list(hosted: Store) -> None:
    await hosted.add_files(SESSION, [FileStart(file_row(FileId(b"1" * 16)))])
    await hosted.add_files(SESSION, [FileStart(file_row(FileId(b"2" * 16)))])
    viewed = msgspec.structs.replace(file_row(FileId(b"1" * 16)), may_edit=False)
    await hosted.update_file(viewed)
    assert (await hosted.files(SESSION))[0] == viewed


async def test_updates_come_back_in_order(hosted: Store) -> None:
    await hosted.add_files(SESSION, [FileStart(file_row())])
    await hosted.start_document(FILE, epoch=b"e" * 16, state=b"\x00\x00", saved_text="héllo\n")
    for update in (b"one", b"two", b"three"):
        assert await hosted.append_update(FILE, epoch=b"e" * 16, update=update)
    document = await hosted.document(FILE)
    assert document is not None
    assert (document.state, document.updates, document.saved_text) == (
        b"\x00\x00",
        (b"one", b"two", b"three"),
        "héllo\n",
    )


async def test_an_update_of_another_epoch_is_not_kept(hosted: Store) -> None:
    await hosted.add_files(SESSION, [FileStart(file_row())])
    await hosted.start_document(FILE, epoch=b"e" * 16, state=b"", saved_text="")
    assert not await hosted.append_update(FILE, epoch=b"d" * 16, update=b"late")
    document = await hosted.document(FILE)
    assert document is not None
    assert document.updates == ()


async def test_a_document_that_was_never_started_takes_no_update(hosted: Store) -> None:
    await hosted.add_files(SESSION, [FileStart(file_row())])
    assert not await hosted.append_update(FILE, epoch=b"", update=b"one")


async def test_compaction_replaces_state_and_updates(hosted: Store) -> None:
    await hosted.add_files(SESSION, [FileStart(file_row())])
    await hosted.start_document(FILE, epoch=b"e" * 16, state=b"", saved_text="x")
    await hosted.append_update(FILE, epoch=b"e" * 16, update=b"one")
    assert await hosted.compact_document(FILE, epoch=b"e" * 16, state=b"whole")
    assert not await hosted.compact_document(FILE, epoch=b"d" * 16, state=b"wrong")
    document = await hosted.document(FILE)
    assert document is not None
    assert (document.state, document.updates) == (b"whole", ())


async def test_a_new_epoch_forgets_the_former_one(hosted: Store) -> None:
    await hosted.add_files(SESSION, [FileStart(file_row())])
    await hosted.start_document(FILE, epoch=b"e" * 16, state=b"", saved_text="")
    await hosted.append_update(FILE, epoch=b"e" * 16, update=b"one")
    await hosted.start_document(FILE, epoch=b"f" * 16, state=b"new", saved_text="new")
    document = await hosted.document(FILE)
    assert document is not None
    assert (document.epoch, document.updates) == (b"f" * 16, ())


async def test_the_saved_text_moves_on(hosted: Store) -> None:
    await hosted.add_files(SESSION, [FileStart(file_row())])
    await hosted.start_document(FILE, epoch=b"e" * 16, state=b"", saved_text="old")
    await hosted.set_saved_text(FILE, "new")
    document = await hosted.document(FILE)
    assert document is not None
    assert document.saved_text == "new"


async def test_the_original_is_kept_once(hosted: Store) -> None:
    await hosted.add_files(SESSION, [FileStart(file_row())])
    assert await hosted.keep_original(FILE, b"before\r\n")
    assert not await hosted.keep_original(FILE, b"after")
    assert await hosted.original(FILE) == b"before\r\n"


async def test_a_removed_file_takes_text_and_original_along(hosted: Store) -> None:
    await hosted.add_files(SESSION, [FileStart(file_row())])
    await hosted.start_document(FILE, epoch=b"e" * 16, state=b"", saved_text="")
    await hosted.keep_original(FILE, b"before")
    await hosted.remove_file(FILE)
    assert await hosted.files(SESSION) == ()
    assert await hosted.document(FILE) is None
    assert await hosted.original(FILE) is None


# --- chat ---


async def test_chat_lines_are_numbered_from_one_in_each_session(hosted: Store) -> None:
    await hosted.add_session(session_row(OTHER))
    first = await hosted.add_chat(SESSION, peer_id="p", name="Ana", at=NOON, text="hi")
    second = await hosted.add_chat(SESSION, peer_id="p", name="Ana", at=NOON, text="there")
    other = await hosted.add_chat(OTHER, peer_id="p", name="Ana", at=NOON, text="hi")
    assert (first.message_id, second.message_id, other.message_id) == (1, 2, 1)


async def test_chat_is_read_on_from_a_number(hosted: Store) -> None:
    lines = [await hosted.add_chat(SESSION, peer_id="p", name="Ana", at=NOON, text=str(n)) for n in range(4)]
    assert await hosted.chat_after(SESSION, 1, limit=2) == tuple(lines[1:3])


# --- sessions of others ---


async def test_a_membership_comes_back_as_it_was_written(store: Store) -> None:
    await store.put_membership(membership_row())
    assert await store.membership(SESSION) == membership_row()


async def test_writing_a_membership_again_replaces_it(store: Store) -> None:
    await store.put_membership(membership_row())
    await store.put_membership(membership_row(title="New title"))
    assert await store.memberships() == (membership_row(title="New title"),)


async def test_a_renewed_token_replaces_the_former_one(store: Store) -> None:
    await store.put_membership(membership_row())
    await store.set_token(SESSION, b"newer", host_offset_ms=12)
    assert await store.membership(SESSION) == membership_row(token=b"newer", host_offset_ms=12)


async def test_an_ended_membership_keeps_no_token(store: Store) -> None:
    await store.put_membership(membership_row())
    await store.end_membership(SESSION, reason="revoked", at=NOON.plus(7))
    row = await store.membership(SESSION)
    assert row is not None
    assert (row.token, row.state, row.reason, row.ended_at) == (b"", SessionState.ENDED, "revoked", NOON.plus(7))
    assert await store.memberships(state=SessionState.OPEN) == ()


async def test_mirror_bases_go_with_their_membership(store: Store) -> None:
    await store.put_membership(membership_row())
    base = MirrorBaseRow(session_id=SESSION, file_id=FILE, path="train.py", text="x = 1\n")
    await store.put_mirror_base(base)
    await store.put_mirror_base(msgspec.structs.replace(base, text="x = 2\n"))
    assert await store.mirror_bases(SESSION) == (msgspec.structs.replace(base, text="x = 2\n"),)
    await store.remove_membership(SESSION)
    assert await store.mirror_bases(SESSION) == ()


async def test_one_mirror_base_is_removed_alone(store: Store) -> None:
    await store.put_membership(membership_row())
    for file_id in (FILE, FileId(b"2" * 16)):
        await store.put_mirror_base(MirrorBaseRow(session_id=SESSION, file_id=file_id, path="a", text=""))
    await store.remove_mirror_base(SESSION, FILE)
    assert [row.file_id for row in await store.mirror_bases(SESSION)] == [FileId(b"2" * 16)]


# --- people and settings ---


async def test_a_key_remembers_its_first_meeting_and_its_last_name(store: Store) -> None:
    assert await store.known_key(GUEST) is None
    await store.remember_key(GUEST, "Maya", now=NOON)
    await store.remember_key(GUEST, "Maya P.", now=NOON.plus(HOUR))
    known = await store.known_key(GUEST)
    assert known is not None
    assert (known.name, known.first_seen, known.last_seen) == ("Maya P.", NOON, NOON.plus(HOUR))


async def test_a_setting_is_replaced(store: Store) -> None:
    assert await store.setting("theme") is None
    await store.put_setting("theme", "dark")
    await store.put_setting("theme", "light")
    assert await store.setting("theme") == "light"


async def test_a_file_is_kept_together_with_the_first_epoch_of_its_text(hosted: Store) -> None:
    row = file_row()
    first = DocumentRow(file_id=row.file_id, epoch=b"e" * 16, state=b"state", updates=(), saved_text="text")
    await hosted.add_files(SESSION, [FileStart(row, first)])
    assert await hosted.document(row.file_id) == first


async def test_a_session_starts_whole_or_not_at_all(store: Store) -> None:
    start = FileStart(file_row(), DocumentRow(file_id=FILE, epoch=b"e" * 16, state=b"s", updates=(), saved_text="t"))
    with pytest.raises(LocalProtocolError):
        await store.open_session(session_row(), invite_row(), [start, start])
    assert await store.sessions() == ()
    assert await store.invites(SESSION) == ()
    await store.open_session(session_row(), invite_row(), [start])
    assert await store.files(SESSION) == (start.row,)
    assert await store.document(FILE) == start.document
