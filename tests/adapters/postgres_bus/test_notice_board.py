"""Two processes over one PostgreSQL: what is told crosses, a lost line comes back, and nothing stays unnoticed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from horizon_desktop.adapters.memory_bus import MemoryBus
from horizon_desktop.adapters.postgres_bus.notice_board import CHANNEL, MAX_WAITING, MOST_BYTES, PostgresNoticeBoard
from horizon_desktop.errors import BusUnavailable, LocalProtocolError
from horizon_desktop.ports.notices import Notice, Reread

PATIENCE_S = 30
ONE = Notice("aa", "identity.revoked", "1")
TWO = Notice("aa", "identity.revoked", "2")


@asynccontextmanager
async def process(url: str) -> AsyncIterator[PostgresNoticeBoard]:
    local: MemoryBus[Notice | Reread] = MemoryBus()
    async with PostgresNoticeBoard(url, local) as board:
        yield board


@asynccontextmanager
async def administrator(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        yield connection
    finally:
        await connection.close()


async def heard(notices: AsyncIterator[Notice | Reread]) -> Notice | Reread:
    async with asyncio.timeout(PATIENCE_S):
        return await anext(notices)


async def test_a_notice_of_one_process_is_heard_in_the_other(new_postgres: str) -> None:
    async with process(new_postgres) as one, process(new_postgres) as two:
        with two.subscribe() as notices:
            one.publish(ONE)
            assert await heard(notices) == ONE


async def test_other_databases_hear_nothing(postgres: object, new_postgres: str) -> None:
    async with process(new_postgres) as here, process(postgres.new_database()) as there:  # type: ignore[attr-defined]
        with there.subscribe() as notices, here.subscribe() as own:
            here.publish(ONE)
            assert await heard(own) == ONE
            there.publish(TWO)
            assert await heard(notices) == TWO


async def test_a_lost_line_comes_back_and_says_that_things_must_be_read_again(new_postgres: str) -> None:
    async with process(new_postgres) as board, administrator(new_postgres) as admin:
        with board.subscribe() as notices:
            board.publish(ONE)
            assert await heard(notices) == ONE
            ended = await admin.fetchval(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            assert ended == 2
            assert await heard(notices) == Reread()
            board.publish(TWO)
            assert await heard(notices) == TWO


async def test_what_is_told_while_the_sending_line_is_lost_is_sent_when_it_is_back(new_postgres: str) -> None:
    async with process(new_postgres) as one, process(new_postgres) as two, administrator(new_postgres) as admin:
        with two.subscribe() as notices:
            one.publish(ONE)
            assert await heard(notices) == ONE
            await admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_notify%'"
            )
            one.publish(TWO)
            assert await heard(notices) == TWO


async def test_more_than_the_server_takes_is_refused(new_postgres: str) -> None:
    async with process(new_postgres) as board:
        frame = len(b'{"session":"","kind":"","id":""}')
        longest = Notice("", "", "x" * (MOST_BYTES - frame))
        with board.subscribe() as notices:
            board.publish(longest)
            assert await heard(notices) == longest
        with pytest.raises(LocalProtocolError):
            board.publish(Notice("", "", "x" * (MOST_BYTES - frame + 1)))


async def test_more_than_can_wait_becomes_one_word_to_read_again(new_postgres: str) -> None:
    async with process(new_postgres) as board:
        with board.subscribe() as notices:
            for number in range(MAX_WAITING + 1):
                board.publish(Notice("", "", str(number)))
            assert await heard(notices) == Reread()


async def test_what_others_send_on_the_channel_harms_nobody(new_postgres: str) -> None:
    async with process(new_postgres) as board, administrator(new_postgres) as admin:
        with board.subscribe() as notices:
            for payload in ("", "[]", '{"session": 1}', "\\x00"):
                await admin.execute("SELECT pg_notify($1, $2)", CHANNEL, payload)
            board.publish(ONE)
            assert await heard(notices) == ONE


async def test_a_server_that_is_not_there_is_said_at_the_start() -> None:
    with pytest.raises(BusUnavailable):
        async with process("postgresql://nobody@/none?host=/nonexistent"):
            pass
