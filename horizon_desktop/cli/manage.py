"""`horizon sessions|invite|extend|revoke|end`: asks what runs in this profile, window or command line alike."""

from horizon_desktop.bridge.control_desk import ControlDesk
from horizon_desktop.cli.doors import Doors
from horizon_desktop.cli.report import Report
from horizon_desktop.errors import EXIT_OK, HorizonError, Unreachable
from horizon_desktop.ports.control import (
    ControlReply,
    ControlRequest,
    EndSession,
    GuestRevoked,
    InviteCreated,
    ListSessions,
    Refused,
    SessionClosed,
    SessionExtended,
    SessionsListed,
)

_WITHOUT_A_PROCESS = (ListSessions, EndSession)
"""What can be done with interrupted sessions, too."""


class Answered(HorizonError):
    """The running process said no; its words and exit status are passed on."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.message, code=refused.key, **refused.values)
        self.exit_status = refused.exit_status  # type: ignore[misc]  # of this answer, not of the class


async def manage(request: ControlRequest, profile: str | None, doors: Doors, report: Report) -> int:
    """Ask, tell the answer, return the exit status."""
    reply = await _ask(request, profile, doors)
    match reply:
        case Refused():
            raise Answered(reply)
        case SessionsListed(sessions=sessions):
            for line in sessions:
                report.listed(line)
            if not sessions:
                report.hint("nothing")
        case InviteCreated():
            report.created(reply)
        case SessionExtended():
            report.extended(reply)
        case GuestRevoked():
            report.revoked(reply)
        case SessionClosed():
            report.closed(reply)
    return EXIT_OK


async def _ask(request: ControlRequest, profile: str | None, doors: Doors) -> ControlReply:
    try:
        return await doors.control(profile).ask(request)
    except Unreachable as exc:
        if exc.key != "profile.idle" or not isinstance(request, _WITHOUT_A_PROCESS):
            raise
    async with doors.open_bridge(profile) as bridge:
        return await ControlDesk(bridge).answer(request)
