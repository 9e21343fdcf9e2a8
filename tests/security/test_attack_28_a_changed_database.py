"""Attack 28: the database file is changed, swapped, or put back to an old state; each is refused before it is used."""

import shutil
import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from horizon_desktop.adapters.keyring.seed_file import FileSecretStore
from horizon_desktop.adapters.storage.care import SqlDatabaseCare
from horizon_desktop.adapters.storage.database import Database
from horizon_desktop.adapters.storage.sealing import Sealing, StoreSeal
from horizon_desktop.adapters.storage.store import SqlStore
from horizon_desktop.adapters.storage.usage_schema import EPHEMERAL_QUOTAS
from horizon_desktop.domain.ids import SessionId
from horizon_desktop.domain.usage.quota import Reservation, Settled
from horizon_desktop.errors import LocalProtocolError, SecretUnavailable, StoreUnavailable
from horizon_desktop.ports.secrets import SecretStore
from tests.contracts.test_store import (
    GUEST,
    INVITE,
    NOON,
    SESSION,
    THIRD,
    identity_row,
    invite_row,
    membership_row,
    session_row,
)
from tests.fakes.entropy import SeededEntropy
from tests.fakes.secrets import MemorySecrets
from tests.services.usage_world import UsageWorld

KEY = b"k" * 32


class Profile:
    """A sealed database that can be opened again and again, and the place where its head is kept."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "profile" / "horizon.db"
        self.secrets: SecretStore = MemorySecrets()
        self.key = KEY

    def database(self) -> Database:
        return Database(self.path, seal=StoreSeal(self.key, self.secrets))

    def run(self, *statements: str) -> None:
        """Change the file as a stranger with SQLite would."""
        with closing(sqlite3.connect(self.path)) as raw:
            raw.execute("PRAGMA foreign_keys=OFF")
            for statement in statements:
                raw.execute(statement)
            raw.commit()

    def copy(self) -> bytes:
        """Return the file with all that was committed to it."""
        with closing(sqlite3.connect(self.path)) as raw:
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return self.path.read_bytes()

    def put_back(self, data: bytes) -> None:
        for companion in ("-wal", "-shm"):
            self.path.with_name(self.path.name + companion).unlink(missing_ok=True)
        self.path.write_bytes(data)

    async def refusal(self) -> str:
        """Open it; return the key by which it is refused."""
        with pytest.raises(StoreUnavailable) as refused:
            await self.database().__aenter__()
        return refused.value.key


@pytest.fixture
async def profile(tmp_path: Path) -> Profile:
    made = Profile(tmp_path)
    async with made.database() as database:
        store = SqlStore(database)
        await store.open_session(session_row(), invite_row())
        await store.add_identity(identity_row())
        await store.put_membership(membership_row(session_id=b"m" * 32))
        world = UsageWorld(store, entropy=SeededEntropy("seal"))
        quota = await world.quota("10", cost_rate=Decimal(3))
        assert isinstance(await world.quotas.use(quota.id, Decimal(4)), Settled)
        assert isinstance(await world.quotas.reserve(quota.id, Decimal(2)), Reservation)
        assert await store.count_try(INVITE, now=NOON) == 1
    return made


async def test_what_we_left_is_opened_again_and_again(profile: Profile) -> None:
    for tries in (2, 3):
        async with profile.database() as database:
            assert await SqlStore(database).count_try(INVITE, now=NOON) == tries


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE invites SET tries = 0",
        "UPDATE invites SET places = 30",
        "UPDATE invites SET state = 'open', expires_at = expires_at + 1",
        "UPDATE identities SET role = 'operator'",
        "UPDATE identities SET state = 'active', epoch = 0, guest_key = x'00'",
        "UPDATE sessions SET expires_at = expires_at + 86400000",
        "UPDATE sessions SET revocation_number = revocation_number + 1",
        "UPDATE memberships SET token = x'00'",
        "UPDATE ephemeral_quotas SET used_value = 0",
        "UPDATE ephemeral_quotas SET limit_value = limit_value * 2",
        "UPDATE quota_reservations SET amount = 1 WHERE state = 'held'",
        "UPDATE quota_reservations SET state = 'released' WHERE state = 'held'",
        "DELETE FROM quota_reservations",
        "UPDATE cost_entries SET cost = 0",
        "UPDATE cost_entries SET sponsor_id = 'somebody else'",
        "DELETE FROM cost_entries",
        "DELETE FROM identities",
        "INSERT INTO known_keys VALUES (x'07', 'Ana', 1, 2)",
        "INSERT INTO invite_places SELECT invitation_id, x'07', 'reserved', 1 FROM invites",
        "UPDATE store_head SET counter = counter + 1",
        "UPDATE store_head SET seal = zeroblob(64)",
        "UPDATE store_head SET store_id = zeroblob(16)",
        "DELETE FROM store_head",
        "DROP TABLE store_head",
        "ALTER TABLE invites ADD COLUMN note TEXT",
    ],
)
async def test_a_changed_row_is_refused_and_the_file_is_left_as_it_is(profile: Profile, statement: str) -> None:
    profile.run(statement)
    found = profile.copy()
    assert await profile.refusal() == "store.changed"
    assert profile.copy() == found


async def test_two_rows_that_swap_their_places_are_refused(profile: Profile) -> None:
    async with profile.database() as database:
        await SqlStore(database).add_identity(identity_row(identity_id="other", guest_key=THIRD, role="observer"))
    profile.run("UPDATE identities SET role = CASE role WHEN 'observer' THEN 'editor' ELSE 'observer' END")
    assert await profile.refusal() == "store.changed"


async def test_one_row_put_back_to_what_it_was_is_refused(profile: Profile) -> None:
    profile.run("CREATE TABLE stolen AS SELECT * FROM invites")
    async with profile.database() as database:
        assert await SqlStore(database).count_try(INVITE, now=NOON) == 2
    profile.run("DELETE FROM invites", "INSERT INTO invites SELECT * FROM stolen", "DROP TABLE stolen")
    assert await profile.refusal() == "store.changed"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE sessions SET state = 'open', reason = '', ended_at = NULL",
        "UPDATE invites SET state = 'open', tries = 0",
        "UPDATE ephemeral_quotas SET status = 'active', expires_at = expires_at + 86400000",
        "UPDATE quota_reservations SET state = 'held', expires_at = expires_at + 86400000",
    ],
)
async def test_what_has_ended_cannot_be_brought_to_life_again(profile: Profile, statement: str) -> None:
    async with profile.database() as database:
        store = SqlStore(database)
        await store.end_session(SESSION, reason="host", at=NOON)
        world = UsageWorld(store, entropy=SeededEntropy("end"))
        for quota in await world.quotas.listing():
            await world.quotas.revoke(quota.id, reason="left")
    async with profile.database():
        pass
    profile.run(statement)
    assert await profile.refusal() == "store.changed"


async def test_an_old_state_of_the_file_is_refused(profile: Profile) -> None:
    old = profile.copy()
    async with profile.database() as database:
        await SqlStore(database).count_try(INVITE, now=NOON)
    profile.put_back(old)
    assert await profile.refusal() == "store.rolled_back"


async def test_a_state_from_before_a_counted_try_is_refused_after_a_crash_too(profile: Profile) -> None:
    database = profile.database()
    await database.__aenter__()
    old = profile.copy()
    await SqlStore(database).count_try(INVITE, now=NOON)
    kept = await profile.secrets.read_head()
    await database.__aexit__(None, None, None)
    assert kept is not None
    await profile.secrets.write_head(kept)  # what a process that died right after the try had left
    profile.put_back(old)
    assert await profile.refusal() == "store.rolled_back"


async def test_a_revocation_cannot_be_undone_by_an_old_file(profile: Profile) -> None:
    old = profile.copy()
    async with profile.database() as database:
        store = SqlStore(database)
        await store.update_identity(identity_row(state="revoked", epoch=1))
        await store.next_revocation_number(SESSION)
    profile.put_back(old)
    assert await profile.refusal() == "store.rolled_back"


async def test_the_file_of_another_profile_is_refused(profile: Profile, tmp_path: Path) -> None:
    other = Profile(tmp_path / "other")
    other.key = b"o" * 32
    async with other.database():
        pass
    shutil.copyfile(other.path, profile.path)
    assert await profile.refusal() == "store.changed"


async def test_another_file_of_the_same_key_is_refused(profile: Profile, tmp_path: Path) -> None:
    other = Profile(tmp_path / "other")
    async with other.database():
        pass
    shutil.copyfile(other.path, profile.path)
    assert await profile.refusal() == "store.changed"


async def test_a_new_file_in_the_place_of_a_sealed_one_is_refused(profile: Profile) -> None:
    profile.path.unlink()
    assert await profile.refusal() == "store.changed"


@pytest.mark.parametrize("page", [1, 3, 7])
async def test_a_flipped_bit_in_a_page_is_refused_or_changes_nothing_that_is_sealed(
    profile: Profile, page: int
) -> None:
    data = bytearray(profile.copy())
    for offset in range(page * 4096, page * 4096 + 120):
        data[offset] ^= 0xFF
    profile.put_back(bytes(data))
    assert await profile.refusal() in {"store.damaged", "store.changed", "store.unavailable"}


async def test_a_file_of_an_older_version_is_sealed_as_it_is_found(tmp_path: Path) -> None:
    made = Profile(tmp_path)
    async with SqlStore(made.path) as store:
        await store.open_session(session_row(), invite_row())
    async with made.database() as database:
        assert await SqlStore(database).count_try(INVITE, now=NOON) == 1
    made.run("UPDATE invites SET tries = 0")
    assert await made.refusal() == "store.changed"


async def test_a_file_that_was_sealed_before_money_was_is_opened_and_its_money_sealed(profile: Profile) -> None:
    async def find() -> StoreSeal:
        return StoreSeal(profile.key, profile.secrets)

    await SqlDatabaseCare(profile.path, seal=find).downgrade("0006")
    await Sealing(profile.path, await find()).reseal()  # as the version of that revision did
    async with profile.database():
        pass
    profile.run("UPDATE cost_entries SET cost = 0")
    assert await profile.refusal() == "store.changed"


async def test_calling_a_file_older_does_not_take_its_money_out_of_the_seal(profile: Profile) -> None:
    profile.run("UPDATE alembic_version SET version_num = '0006'", "UPDATE cost_entries SET cost = 0")
    assert await profile.refusal() == "store.changed"


async def test_quotas_that_are_deleted_take_their_reservations_out_of_the_seal(profile: Profile) -> None:
    async with profile.database() as database:
        world = UsageWorld(SqlStore(database), entropy=SeededEntropy("gone"))
        await database.write(lambda conn: conn.execute(EPHEMERAL_QUOTAS.delete()))
        assert await world.quotas.listing() == ()
    async with profile.database():
        pass


async def test_what_is_rolled_back_is_out_of_the_seal_as_well(profile: Profile) -> None:
    async with profile.database() as database:
        store, other = SqlStore(database), SessionId(b"o" * 32)
        for _ in range(3):
            with pytest.raises(LocalProtocolError):  # its session is new, its invite is there already
                await store.open_session(session_row(other), invite_row(session_id=other))
        assert await store.count_try(INVITE, now=NOON) == 2
    async with profile.database():
        pass


async def test_a_kill_in_the_middle_leaves_a_file_that_opens(profile: Profile) -> None:
    database = profile.database()
    await database.__aenter__()
    for _ in range(3):
        await SqlStore(database).count_try(INVITE, now=NOON)
    copied = profile.copy()  # as the disk is at the moment of the kill
    kept = await profile.secrets.read_head()
    await database.__aexit__(None, None, None)
    assert kept is not None
    await profile.secrets.write_head(kept)
    profile.put_back(copied)
    async with profile.database() as again:
        assert await SqlStore(again).count_try(INVITE, now=NOON) == 5


async def test_a_person_may_take_back_a_copy_on_purpose(profile: Profile) -> None:
    old = profile.copy()
    async with profile.database() as database:
        await SqlStore(database).count_try(INVITE, now=NOON)
    profile.put_back(old)

    async def find() -> StoreSeal:
        return StoreSeal(profile.key, profile.secrets)

    await SqlDatabaseCare(profile.path, seal=find).accept()
    async with profile.database() as database:
        assert await SqlStore(database).count_try(INVITE, now=NOON) == 2


async def test_down_and_up_again_by_the_command_keeps_the_seal(profile: Profile) -> None:
    async def find() -> StoreSeal:
        return StoreSeal(profile.key, profile.secrets)

    care = SqlDatabaseCare(profile.path, seal=find)
    await care.downgrade("0005")
    await care.upgrade()
    async with profile.database() as database:
        assert await SqlStore(database).identity_of(SESSION, GUEST) is not None


async def test_a_keeper_that_does_not_answer_stops_nobody(profile: Profile, tmp_path: Path) -> None:
    class Closed(MemorySecrets):
        async def write_head(self, head: bytes) -> None:
            raise SecretUnavailable("the keyring does not answer")

    kept = await profile.secrets.read_head()
    assert kept is not None
    closed = Closed()
    closed.head = kept
    profile.secrets = closed
    async with profile.database() as database:
        assert await SqlStore(database).count_try(INVITE, now=NOON) == 2


async def test_the_head_is_kept_in_an_owner_only_file_beside_the_key(tmp_path: Path) -> None:
    secrets = FileSecretStore(tmp_path / "profile" / "device-key")
    assert await secrets.read_head() is None
    await secrets.write_head(b"h" * 24)
    assert await secrets.read_head() == b"h" * 24
    (file,) = (tmp_path / "profile").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
