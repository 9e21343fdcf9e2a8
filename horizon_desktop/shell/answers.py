"""The bridge's answers as facts for the window's state."""

import re
from collections.abc import Collection, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Final

from horizon_desktop.bridge.usage_views import WindowSpec
from horizon_desktop.bridge.views import InviteView, PreviewView, ProfileView, SessionSpec, SessionView
from horizon_desktop.domain.collaboration.session import SessionType
from horizon_desktop.domain.usage.amounts import ResourceType, amount
from horizon_desktop.domain.usage.purse import PurseWish
from horizon_desktop.errors import HorizonError
from horizon_desktop.presentation.facts import InvitesRead, SessionRead
from horizon_desktop.presentation.new_session import SessionDraft, suggested_title
from horizon_desktop.presentation.state import Invite, JoinPreview, Profile, Session
from horizon_desktop.presentation.usage_page import figure
from horizon_desktop.presentation.wording import Words

_AMOUNT: Final = re.compile(r"\d{1,13}\.\d{6}")


def session_read(view: SessionView) -> SessionRead:
    """Return a session as the state keeps it."""
    session = Session(
        session_id=view.session_id,
        session_type=view.session_type,
        title=view.title,
        is_host=view.is_host,
        state=view.state,
        created_at=view.created_at,
        expires_at=view.expires_at,
        limit_at=view.limit_at,
        host_ahead_ms=view.host_offset_ms,
        own_peer_id=view.own_peer_id,
        role=view.role,
        channels=view.channels,
        files=view.files,
        folder=view.folder,
        hub=view.hub,
        is_hub_embedded=view.is_hub_embedded,
        is_approval_asked=view.is_approval_asked,
        is_input_paused=view.is_input_paused,
        hours=view.hours,
    )
    return SessionRead(session=session, participants=view.participants)


def invites_read(session_id: str, views: Sequence[InviteView]) -> InvitesRead:
    """Return the invites of a session, newest first as the bridge tells them."""
    invites = tuple(
        Invite(
            name=view.name,
            app_link=view.app_link,
            web_link=view.web_link,
            code=view.code,
            expires_at=view.expires_at,
            places=view.places,
            places_taken=view.places_taken,
            tries_left=view.tries_left,
            state=view.state,
            is_lan_only=view.is_lan_only,
        )
        for view in views
    )
    return InvitesRead(session_id=session_id, invites=invites)


def preview_of(view: PreviewView) -> JoinPreview:
    """Return what a link shows."""
    return JoinPreview(
        host_name=view.host_name,
        host_key=view.host_key,
        host_pictures=view.host_pictures,
        is_host_known=view.is_host_known,
        title=view.title,
        session_type=view.session_type,
        role=view.role,
        access=tuple((line.channel, line.access) for line in view.access),
        starts_at=view.starts_at,
        expires_at=view.expires_at,
        invite_expires_at=view.invite_expires_at,
        is_approval_asked=view.is_approval_asked,
        hub=view.hub,
        files=view.files,
    )


def profile_of(view: ProfileView, *, system: str, version: str) -> Profile:
    """Return who we are, with what a host will be told of this device."""
    return Profile(
        peer_id=view.peer_id,
        name=view.name,
        device=view.device,
        system=system,
        version=version,
        pictures=view.pictures,
        key_home=view.key_home,
        off=view.off,
    )


def spec_of(draft: SessionDraft, *, length_s: int = 0, off: Collection[str] = (), zone: str = "UTC") -> SessionSpec:
    """Return what the bridge is asked to create; `length_s` above 0 wins over the draft's minutes.

    Args:
        off: Channels that are switched off: what an older choice says of them is left out.
        zone: Whose hours the draft's are, such as Europe/Berlin.
    """
    return SessionSpec(
        session_type=SessionType(draft.session_type),
        title=draft.title.strip() or suggested_title(draft.files),
        files=tuple(Path(path) for path in draft.files),
        length_s=length_s or draft.minutes * 60,
        guests=draft.guests,
        channels={name: access for name, access in draft.channels.items() if name not in off},
        is_approval_asked=draft.is_approval_asked,
        is_relay_allowed=draft.is_relay_allowed,
        rates={name: rate for name, rate in draft.rates.items() if name not in off},
        purse=PurseWish(resource=ResourceType(draft.purse_resource), limit=amount(draft.purse_limit))
        if draft.purse_resource
        else None,
        hours=hours_of(draft, zone) if draft.hours_from else None,
    )


def hours_of(draft: SessionDraft, zone: str) -> WindowSpec:
    """Return the hours of the day that guests may come in at."""
    name = f"{draft.hours_from}-{draft.hours_to} {zone}"
    return WindowSpec(name=name, start=draft.hours_from, end=draft.hours_to, zone=zone)


def words_of(error: HorizonError) -> Words:
    """Return what to tell a person of an error: its key and places, never its text."""
    return Words(error.key, {name: _readable(value) for name, value in error.values.items()})


def _readable(value: str | int) -> str | int:
    """Return an exact amount as people read it; every other value as it is."""
    return figure(Decimal(value)) if isinstance(value, str) and _AMOUNT.fullmatch(value) else value
