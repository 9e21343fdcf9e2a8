"""The promises of the ControlPoint port: socket and fake."""

import os
from pathlib import Path

import pytest

from horizon_desktop.adapters.control import SocketControlPoint
from horizon_desktop.errors import Unreachable, UsageError
from horizon_desktop.ports.control import (
    ControlPoint,
    ControlReply,
    ControlRequest,
    EndSession,
    ListSessions,
    SessionClosed,
    SessionsListed,
)
from tests.fakes.control import MemoryControlPoint


@pytest.fixture(params=["memory", "socket"])
def point(request: pytest.FixtureRequest, tmp_path: Path) -> ControlPoint:
    if request.param == "memory":
        return MemoryControlPoint()
    if os.name != "posix":
        pytest.skip("Unix sockets")
    return SocketControlPoint(tmp_path / "profile")


async def answer(request: ControlRequest) -> ControlReply:
    return SessionClosed(session_id="ab") if isinstance(request, EndSession) else SessionsListed(sessions=())


async def test_each_request_gets_its_own_answer(point: ControlPoint) -> None:
    async with point.serve(answer):
        assert await point.ask(EndSession()) == SessionClosed(session_id="ab")
        assert await point.ask(ListSessions()) == SessionsListed(sessions=())


async def test_nothing_answers_before_and_after(point: ControlPoint) -> None:
    async with point.serve(answer):
        pass
    with pytest.raises(Unreachable) as refused:
        await point.ask(ListSessions())
    assert refused.value.key == "profile.idle"


async def test_a_profile_is_served_once(point: ControlPoint) -> None:
    async with point.serve(answer):
        with pytest.raises(UsageError) as refused:
            await point.serve(answer).__aenter__()
    assert refused.value.key == "profile.busy"
