"""The promises of the NoticeBoard port, kept inside one process and over a real PostgreSQL alike."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from horizon_desktop.adapters.memory_bus import MemoryBus
from horizon_desktop.adapters.postgres_bus.notice_board import PostgresNoticeBoard
from horizon_desktop.ports.notices import Notice, NoticeBoard, Reread

PATIENCE_S = 20


@pytest.fixture(params=["memory", "postgresql"])
async def board(request: pytest.FixtureRequest) -> AsyncIterator[NoticeBoard]:
    local: MemoryBus[Notice | Reread] = MemoryBus()
    if request.param == "memory":
        yield local
        return
    url: str = request.getfixturevalue("new_postgres")
    async with PostgresNoticeBoard(url, local) as opened:
        yield opened


def notice(number: int) -> Notice:
    return Notice("aa" * 32, "identity.revoked", str(number))


async def heard(notices: AsyncIterator[Notice | Reread], count: int) -> list[Notice | Reread]:
    async with asyncio.timeout(PATIENCE_S):
        return [await anext(notices) for _ in range(count)]


async def test_every_subscriber_hears_every_notice_in_order(board: NoticeBoard) -> None:
    with board.subscribe() as one, board.subscribe() as two:
        for number in range(20):
            board.publish(notice(number))
        told = [notice(number) for number in range(20)]
        assert await heard(one, 20) == told
        assert await heard(two, 20) == told


async def test_a_subscriber_waits_for_the_next_notice(board: NoticeBoard) -> None:
    with board.subscribe() as notices:
        asyncio.get_running_loop().call_soon(board.publish, notice(1))
        assert await heard(notices, 1) == [notice(1)]


async def test_a_subscription_ends_with_its_context(board: NoticeBoard) -> None:
    with board.subscribe() as notices:
        pass
    board.publish(notice(1))
    async with asyncio.timeout(PATIENCE_S):
        assert [found async for found in notices] == []


async def test_any_text_arrives_as_it_was(board: NoticeBoard) -> None:
    odd = Notice("", "a'b\"c\\d", "ü \U0001f680 $1 %s")
    with board.subscribe() as notices:
        board.publish(odd)
        assert await heard(notices, 1) == [odd]
