"""From the state to the pages Settings and Network check."""

from horizon_desktop.presentation.doctor import DoctorView, SettingsView
from horizon_desktop.presentation.plain_text import plain
from horizon_desktop.presentation.state import AppState


def settings_view(state: AppState) -> SettingsView:
    """Return what can be set on this machine."""
    return SettingsView(name=plain(state.profile.name) if state.profile else "", theme=state.theme, proxy=state.proxy)


def doctor_view(state: AppState) -> DoctorView:
    """Return where the check stands; before anybody names one, the hub of a session that runs is offered."""
    hubs = [
        session.hub
        for session in state.active_sessions.values()
        if session.state in {"open", "read_only"} and session.hub and not session.is_hub_embedded
    ]
    return DoctorView(
        target=f"https://{hubs[0]}" if hubs else "",
        is_running=state.checkup.is_running,
        problem=state.checkup.problem,
        checked=state.checkup.checked,
    )
