"""From what the use cases hold to what a front sees."""

from horizon_desktop.bridge.usage_overview import hours_text
from horizon_desktop.bridge.views import AccessLine, InviteView, PreviewView, ProxyView, SessionView
from horizon_desktop.domain.access.invitation import HubAddress, InvitationLink
from horizon_desktop.domain.access.places import MAX_TRIES
from horizon_desktop.domain.access.preview import Preview
from horizon_desktop.domain.collaboration.lease import LeaseStage
from horizon_desktop.domain.collaboration.proxy import NO_PROXY, ProxyChoice
from horizon_desktop.domain.ids import DeviceKey, peer_id_of, session_text
from horizon_desktop.errors import UsageError
from horizon_desktop.ports.records import MembershipRow, SessionRow
from horizon_desktop.services.hosted_session import HostedSession
from horizon_desktop.services.invitations import HostedInviteView
from horizon_desktop.services.joined_session import JoinedSession
from horizon_desktop.services.proxy_setting import ProxySource

_KEY_DIGITS = 64


def device_key(peer_id: str) -> DeviceKey:
    """Return the key that a peer id spells. Raises UsageError."""
    try:
        key = bytes.fromhex(peer_id)
    except ValueError:
        key = b""
    if len(peer_id) != _KEY_DIGITS or len(key) != _KEY_DIGITS // 2:
        raise UsageError("a peer id has 64 hexadecimal digits", code="peer.unknown")
    return DeviceKey(key)


def hosted(session: HostedSession) -> SessionView:
    """Return the view of a session that runs here as host."""
    core = session.core
    row = core.row
    stage = core.lease.stage(now=core.parts.clock.now())
    return SessionView(
        session_id=core.text_id,
        session_type=row.session_type,
        title=row.title,
        is_host=True,
        state="read_only" if stage >= LeaseStage.READ_ONLY else "open",
        created_at=row.created_at,
        expires_at=core.lease.expires_at,
        limit_at=row.limit_at,
        own_peer_id=core.own_peer_id,
        role="host",
        channels=dict(row.channels),
        participants=core.participants(),
        files=core.documents.files(),
        folder=row.folder,
        hub=session.hub.authority,
        is_hub_embedded=not row.hub,
        is_approval_asked=row.is_approval_asked,
        is_input_paused=core.is_input_paused,
        hours=hours_text(core.hours.window) if core.hours.window is not None else "",
    )


def joined(session: JoinedSession) -> SessionView:
    """Return the view of a session that runs here as guest."""
    core = session.core
    row = core.membership
    stage = core.watch.lease.stage(now=core.parts.clock.now())
    return SessionView(
        session_id=core.text_id,
        session_type=row.session_type,
        title=row.title,
        is_host=False,
        state="read_only" if stage >= LeaseStage.READ_ONLY else "open",
        created_at=row.created_at,
        expires_at=core.watch.lease.expires_at,
        limit_at=core.watch.lease.expires_at,
        own_peer_id=core.own_peer_id,
        role=row.role,
        channels=dict(core.channels),
        participants=core.participants,
        files=core.documents.files(),
        folder=row.mirror,
        hub=row.hubs[0].authority,
        is_hub_embedded=False,
        host_offset_ms=core.link.host_offset_ms(),
    )


def proxy(choice: ProxyChoice, source: ProxySource) -> ProxyView:
    """Return what may be shown of a choice of a proxy."""
    if choice.proxy is None:
        return ProxyView(proxy="" if choice.is_system_used else NO_PROXY, user="", source=source.value)
    return ProxyView(proxy=choice.proxy.authority, user=choice.proxy.user, source=source.value)


def interrupted_hosted(row: SessionRow, own: DeviceKey) -> SessionView:
    """Return the view of a hosted session whose process went away."""
    return SessionView(
        session_id=session_text(row.session_id),
        session_type=row.session_type,
        title=row.title,
        is_host=True,
        state="interrupted",
        created_at=row.created_at,
        expires_at=row.expires_at,
        limit_at=row.limit_at,
        own_peer_id=peer_id_of(own),
        role="host",
        channels=dict(row.channels),
        participants=(),
        files=(),
        folder=row.folder,
        hub=row.hub.partition(" ")[0],
        is_hub_embedded=not row.hub,
    )


def interrupted_joined(row: MembershipRow, own: DeviceKey) -> SessionView:
    """Return the view of a session of somebody else that this process is not in at the moment."""
    return SessionView(
        session_id=session_text(row.session_id),
        session_type=row.session_type,
        title=row.title,
        is_host=False,
        state="interrupted",
        created_at=row.created_at,
        expires_at=row.expires_at,
        limit_at=row.expires_at,
        own_peer_id=peer_id_of(own),
        role=row.role,
        channels={},
        participants=(),
        files=(),
        folder=row.mirror,
        hub=row.hubs[0].authority,
        is_hub_embedded=False,
        host_offset_ms=row.host_offset_ms,
    )


def preview(
    link: InvitationLink, hub: HubAddress, shown: Preview, *, is_known: bool, pictures: tuple[int, ...]
) -> PreviewView:
    """Return what a link alone shows."""
    return PreviewView(
        host_name=shown.host_name,
        host_key=peer_id_of(link.host),
        host_pictures=pictures,
        is_host_known=is_known,
        title=shown.title,
        session_type=shown.session_type,
        role=shown.role,
        access=tuple(AccessLine(name, access) for name, access in shown.channels.items()),
        starts_at=shown.starts_at,
        expires_at=shown.expires_at,
        invite_expires_at=shown.invite_expires_at,
        is_approval_asked=shown.is_approval_asked,
        hub=hub.authority,
        files=shown.files,
    )


def invite(shown: HostedInviteView) -> InviteView:
    """Return an invite as its host sees it; link and code are empty once they are wiped."""
    row, secrets = shown.row, shown.secrets
    return InviteView(
        name=shown.name,
        session_id=session_text(row.session_id),
        app_link=secrets.app_link if secrets else "",
        web_link=secrets.web_link if secrets else "",
        code=secrets.shown_code if secrets else "",
        expires_at=row.expires_at,
        places=row.places,
        places_taken=row.places_taken,
        tries_left=max(0, MAX_TRIES - row.tries),
        state=row.state.value,
        is_lan_only=bool(secrets and all(hub.pin for hub in secrets.link.hubs)),
    )
