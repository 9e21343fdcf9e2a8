"""What a person asks for: the only thing a widget ever says. One row of the dispatcher's table each."""

import msgspec


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all intents."""


# --- moving about ---
class ShowPage(Intent, frozen=True):
    page: str
    """home, sessions, new_session, share, workspace or ended."""
    session_id: str = ""


class Back(Intent, frozen=True):
    pass


class ChooseTheme(Intent, frozen=True):
    theme: str
    """system, light or dark."""


class Rename(Intent, frozen=True):
    name: str


class FinishFirstRun(Intent, frozen=True):
    name: str


class Quit(Intent, frozen=True):
    pass


# --- host: before and around the session ---
class ChooseSessionType(Intent, frozen=True):
    session_type: str


class ChooseAccess(Intent, frozen=True):
    channel: str
    access: int


class ChooseMinutes(Intent, frozen=True):
    minutes: int


class ChooseGuests(Intent, frozen=True):
    guests: int


class SetTitle(Intent, frozen=True):
    title: str


class AskForFiles(Intent, frozen=True):
    """Open the system's file dialog (or folder dialog) to add to the draft, or to the running session."""

    is_folder: bool
    session_id: str = ""


class AddFiles(Intent, frozen=True):
    paths: tuple[str, ...]
    session_id: str = ""
    """Empty: to the draft of a new session."""


class RemoveDraftFile(Intent, frozen=True):
    path: str


class SetApproval(Intent, frozen=True):
    is_asked: bool


class SetRelayAllowed(Intent, frozen=True):
    is_allowed: bool


class SetLimits(Intent, frozen=True):
    """How much one guest may send, and what the session may spend."""

    rates: dict[str, int]
    """Channel name to messages a second; a channel that is missing keeps its own rate."""
    purse_resource: str = ""
    """Empty: the session is not metered."""
    purse_limit: str = ""
    hours_from: str = ""
    """When guests may come in: HH:MM to HH:MM, local; both empty: at any time."""
    hours_to: str = ""


class CreateInvite(Intent, frozen=True):
    """Create the session of the draft with its first invite."""


class InviteMore(Intent, frozen=True):
    session_id: str
    places: int = 1


class ShowLinkForm(Intent, frozen=True):
    is_web: bool


class CopyLink(Intent, frozen=True):
    pass


class CopyCode(Intent, frozen=True):
    pass


class HideCode(Intent, frozen=True):
    is_hidden: bool


class SaveQr(Intent, frozen=True):
    pass


class WriteMail(Intent, frozen=True):
    pass


class CancelInvite(Intent, frozen=True):
    session_id: str
    name: str


class ResumeInvite(Intent, frozen=True):
    session_id: str
    name: str


class LetIn(Intent, frozen=True):
    session_id: str
    peer_id: str
    role: str = ""
    """Empty: the invite's role."""


class Decline(Intent, frozen=True):
    session_id: str
    peer_id: str


class ResumeSession(Intent, frozen=True):
    session_id: str


# --- guest: joining ---
class OpenLink(Intent, frozen=True):
    link: str


class Join(Intent, frozen=True):
    link: str
    code: str
    name: str


class CancelJoin(Intent, frozen=True):
    pass


class RetryJoin(Intent, frozen=True):
    pass


class WriteToHost(Intent, frozen=True):
    """Open the person's own mail program with a few words to the host; nothing is sent by us."""

    reason: str
    """ask_invite, ask_host or tell_host."""
    host: str


# --- in the session ---
class SelectFile(Intent, frozen=True):
    session_id: str
    file_id: bytes


class RemoveFile(Intent, frozen=True):
    session_id: str
    file_id: bytes


class RestoreFile(Intent, frozen=True):
    session_id: str
    file_id: bytes


class ShowDifference(Intent, frozen=True):
    session_id: str
    file_id: bytes


class SaveCopy(Intent, frozen=True):
    session_id: str
    file_id: bytes


class CloseFile(Intent, frozen=True):
    """Close the tab; the file stays shared."""

    session_id: str
    file_id: bytes


class CloseDifference(Intent, frozen=True):
    session_id: str


class OpenFolder(Intent, frozen=True):
    """Show a folder in the system's file manager."""

    path: str


class InviteAgain(Intent, frozen=True):
    """Begin a new session with the choices of one that ended."""

    session_id: str


class PlacePresence(Intent, frozen=True):
    """The floating presence bar came to rest; remembered for each screen."""

    screen: str
    corner: str
    """top_left, top_right, bottom_left or bottom_right."""


class Say(Intent, frozen=True):
    session_id: str
    text: str


class Follow(Intent, frozen=True):
    session_id: str
    peer_id: str
    """Empty: stop following."""


class ShowCursors(Intent, frozen=True):
    is_shown: bool


class ShowPanel(Intent, frozen=True):
    """Choose the tab of the right panel: people, chat."""

    panel: str


class ChangeRole(Intent, frozen=True):
    session_id: str
    peer_id: str
    role: str


class AskRevoke(Intent, frozen=True):
    """Show the confirmation in place; an empty peer takes it away."""

    session_id: str
    peer_id: str


class Revoke(Intent, frozen=True):
    session_id: str
    peer_id: str


class Extend(Intent, frozen=True):
    session_id: str
    minutes: int


class AskTime(Intent, frozen=True):
    session_id: str
    minutes: int


class DismissWarning(Intent, frozen=True):
    session_id: str


class AskEnd(Intent, frozen=True):
    """Show or take away the confirmation of ending."""

    session_id: str
    is_shown: bool


class EndSession(Intent, frozen=True):
    session_id: str


class Leave(Intent, frozen=True):
    session_id: str


class FloatPresence(Intent, frozen=True):
    form: str
    """docked, mini, bar or panel."""


class RetryPath(Intent, frozen=True):
    session_id: str


# --- sessions and their settings ---
class ChooseSession(Intent, frozen=True):
    """Show the details of this session on the page Sessions."""

    session_id: str


class SetSessionApproval(Intent, frozen=True):
    """Whether the host is asked before anyone gets in, from now on."""

    session_id: str
    is_asked: bool


class PauseInput(Intent, frozen=True):
    """Let no guest change anything, or let them go on as before."""

    is_paused: bool
    session_id: str = ""
    """Empty: in every own session that runs."""


class Trust(Intent, frozen=True):
    """Give a guest back what was taken because something spoke against them."""

    session_id: str
    peer_id: str


class AskEndAll(Intent, frozen=True):
    """Show or take away the confirmation of ending everything."""

    is_shown: bool


class EndAll(Intent, frozen=True):
    """End every own session and take open invites back; sessions of others go on."""


class DismissToast(Intent, frozen=True):
    toast_id: int


class CopyDetails(Intent, frozen=True):
    text: str


# --- this machine ---
class RunCheck(Intent, frozen=True):
    """Look at the network, and at the way to a hub."""

    target: str
    """URL of a hub, an invite link, or nothing."""


class CheckInvite(Intent, frozen=True):
    """Look at the way to the hubs of the link that is open."""


class SaveReport(Intent, frozen=True):
    """Save the redacted report of the last check."""


class ChooseProxy(Intent, frozen=True):
    """Reach hubs by another way: a proxy's URL, "none", or nothing for the system's. May hold a password."""

    text: str

    def __repr__(self) -> str:
        return "ChooseProxy(...)"
