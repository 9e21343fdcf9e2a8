"""The editor and the session's texts: what is typed goes out, what others write comes in, and carets both ways."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from PySide6.QtCore import QObject

from horizon_desktop.bridge.views import ReplicaSeed
from horizon_desktop.domain.collaboration.channel import ChannelAccess, ChannelKind
from horizon_desktop.domain.collaboration.documents import Caret, TextDelta
from horizon_desktop.domain.events import CursorMoved, DocumentReset, DocumentUpdated, LinkBack, PeerEntered
from horizon_desktop.domain.ids import FileId
from horizon_desktop.errors import HorizonError, RemoteProtocolError
from horizon_desktop.ports.documents import ReplicaFactory
from horizon_desktop.presentation.changes import participant_of
from horizon_desktop.presentation.facts import EditMade, FellBehind, FileOpened, Told
from horizon_desktop.presentation.people import IDENTITY_COLORS, identity_of, initials
from horizon_desktop.presentation.plain_text import plain
from horizon_desktop.presentation.state import AppState, Session
from horizon_desktop.presentation.workspace import RemoteCaretView
from horizon_desktop.shell.network_thread import NetworkThread
from horizon_desktop.shell.open_text import OpenText
from horizon_desktop.shell.store import Store
from horizon_desktop.shell.surroundings import EditorSurface
from horizon_desktop.shell.task_scope import TaskScope

CARET_PAUSE_S: Final = 0.05
"""Own carets are told at most 20 times a second: each one is a message to everybody."""
CLOSE_S: Final = 2.0
"""How long a text that is closed may still hand over edits."""
_LIVE: Final = frozenset({"open", "read_only"})


class Place(NamedTuple):
    """One file of one session."""

    session_id: str
    file_id: bytes


class EditorBinding(QObject):
    """Keeps a replica of every open file and shows the one in front."""

    def __init__(
        self, *, store: Store, net: NetworkThread, scope: TaskScope, replicas: ReplicaFactory, surface: EditorSurface
    ) -> None:
        super().__init__()
        self._store = store
        self._net = net
        self._scope = scope
        self._replicas = replicas
        self._surface = surface
        self._texts: dict[Place, OpenText] = {}
        self._senders: dict[Place, asyncio.Task[None] | None] = {}
        self._early: dict[Place, list[DocumentUpdated]] = {}
        """Updates that came while their text was being opened."""
        self._front: Place | None = None
        self._caret_moved = asyncio.Event()
        self._told_line = 0
        surface.edited.connect(self._typed)
        surface.caret_moved.connect(lambda *_caret: self._caret_moved.set())
        surface.undo_asked.connect(lambda: self._step(is_undo=True))
        surface.redo_asked.connect(lambda: self._step(is_undo=False))
        store.changed.connect(self._follow)
        scope.start(self._tell_carets(), name="carets")

    # --- what the state wants open ---

    def _follow(self, state: AppState) -> None:
        live = {
            Place(session.session_id, file_id)
            for session in state.active_sessions.values()
            if session.state in _LIVE
            for file_id in session.open_files
        }
        for place in [place for place in (*self._texts, *self._early) if place not in live]:
            self._drop(place)
        wanted = self._wanted(state)
        if wanted != self._front:
            self._keep_caret()
            self._front = wanted
            self._caret_moved.set()
            if wanted is not None:
                self._bring(wanted)

    def _wanted(self, state: AppState) -> Place | None:
        session = state.active_sessions.get(state.front_session)
        if session is None or state.page != "workspace" or session.state not in _LIVE or not session.front_file:
            return None
        return Place(session.session_id, session.front_file)

    def _bring(self, place: Place) -> None:
        if place in self._texts:
            self._show(place)
        elif place not in self._early:
            self._early[place] = []
            self._scope.start(self._open(place), name="open text")

    async def _open(self, place: Place) -> None:
        """Read a text from the session; whatever happened to it meanwhile is applied before it is shown."""
        try:
            seed = await self._net.run(self._net.bridge.open_replica(place.session_id, FileId(place.file_id)))
        except HorizonError as error:
            self._early.pop(place, None)
            self._store.apply(Told(key=error.key, values=dict(error.values), tone="bad"))
            return
        early = self._early.pop(place, None)
        if early is None:
            return
        text = OpenText(seed, self._replicas, lambda seed, update: self._send(place, seed, update))
        for event in early:
            text.apply(event.epoch, event.update)
        self._texts[place] = text
        self._senders[place] = self._scope.start(text.run(), name="edits")
        self._store.apply(FileOpened(session_id=place.session_id, file_id=place.file_id))
        if place == self._front:
            self._show(place)

    def _show(self, place: Place) -> None:
        text = self._texts[place]
        self._surface.open_text(text.replica.text(), file_name=text.seed.path.rsplit("/", 1)[-1])
        self._surface.set_caret(*text.caret)
        self._show_carets()
        self._caret_moved.set()

    def _keep_caret(self) -> None:
        if self._front is not None and self._front in self._texts:
            self._texts[self._front].caret = self._surface.caret()

    def _drop(self, place: Place) -> None:
        self._early.pop(place, None)
        text = self._texts.pop(place, None)
        sender = self._senders.pop(place, None)
        if text is None:
            return
        self._scope.start(self._close(place, text, sender), name="close text")

    async def _close(self, place: Place, text: OpenText, sender: asyncio.Task[None] | None) -> None:
        """Hand over what is still waiting, then give the replica back."""
        if place.session_id in self._net_sessions():
            try:
                async with asyncio.timeout(CLOSE_S):
                    await text.idle.wait()
                await self._net.run(self._net.bridge.close_replica(place.session_id, FileId(place.file_id)))
            except (HorizonError, TimeoutError):
                pass  # the session or the file went meanwhile: there is nothing left to give back
        if sender is not None:
            sender.cancel()

    def _net_sessions(self) -> frozenset[str]:
        sessions = self._store.state.active_sessions.values()
        return frozenset(session.session_id for session in sessions if session.state in _LIVE)

    # --- own edits ---

    def _typed(self, position: int, removed: int, inserted: str) -> None:
        if self._front is None or self._front not in self._texts:
            return
        self._texts[self._front].typed(position, removed, inserted)
        self._store.apply(EditMade(session_id=self._front.session_id))

    def _step(self, *, is_undo: bool) -> None:
        if self._front is None or self._front not in self._texts:
            return
        text = self._texts[self._front]
        update, deltas = text.replica.undo() if is_undo else text.replica.redo()
        self._surface.show_step(deltas)
        text.queue(update)

    async def _send(self, place: Place, seed: ReplicaSeed, update: bytes) -> None:
        try:
            await self._net.run(
                self._net.bridge.apply_edit(place.session_id, FileId(place.file_id), seed.epoch, update)
            )
        except HorizonError as error:
            self._store.apply(Told(key=error.key, values=dict(error.values), tone="bad"))

    # --- what happened elsewhere ---

    def take(self, facts: Iterable[object]) -> None:
        """Show what others did to open texts; call it with every batch, after the state took it."""
        is_touched = False
        for fact in facts:
            if isinstance(fact, DocumentUpdated):
                is_touched |= self._updated(fact)
            elif isinstance(fact, DocumentReset):
                self._reset(Place(fact.session_id, fact.file_id))
            elif isinstance(fact, FellBehind):
                for place, text in self._texts.items():
                    self._scope.start(self._catch_up(place, text), name="catch up")
            elif isinstance(fact, CursorMoved | PeerEntered | LinkBack):
                is_touched = True
                if not isinstance(fact, CursorMoved):
                    self._caret_moved.set()  # who is here again does not know where we are
        if is_touched:
            self._show_carets()

    def _updated(self, event: DocumentUpdated) -> bool:
        place = Place(event.session_id, event.file_id)
        if place in self._early:
            self._early[place].append(event)
            return False
        text = self._texts.get(place)
        if text is None:
            return False
        try:
            deltas: Sequence[TextDelta] = text.apply(event.epoch, event.update)
        except RemoteProtocolError:
            self._reset(place)
            return False
        if place != self._front:
            return False
        self._surface.apply_deltas(deltas)
        if self._surface.own_line() + 1 != self._told_line:
            self._caret_moved.set()  # lines came or went above it
        return True

    async def _catch_up(self, place: Place, text: OpenText) -> None:
        """Updates were missed: open the text again once its own edits are handed over."""
        await text.idle.wait()
        if self._texts.get(place) is text:
            self._reset(place)

    def _reset(self, place: Place) -> None:
        if place not in self._texts and place not in self._early:
            return
        if place == self._front:
            self._keep_caret()
        self._early.pop(place, None)
        self._texts.pop(place, None)
        sender = self._senders.pop(place, None)
        if sender is not None:
            sender.cancel()
        if place == self._front:
            self._bring(place)

    async def text_of(self, session_id: str, file_id: bytes) -> str:
        """Return the text of a shared file as it is now, open or not."""
        place = Place(session_id, file_id)
        if place in self._texts:
            return self._texts[place].replica.text()
        seed = await self._net.run(self._net.bridge.open_replica(session_id, FileId(file_id)))
        text = self._replicas.load(seed.client_id, seed.state).text()
        await self._net.run(self._net.bridge.close_replica(session_id, FileId(file_id)))
        return text

    # --- carets ---

    def _show_carets(self) -> None:
        place = self._front
        if place is None or place not in self._texts:
            return
        state = self._store.state
        session = state.active_sessions.get(place.session_id)
        if session is not None:
            self._surface.set_remote_carets(self._carets(state, session, place))

    def _carets(self, state: AppState, session: Session, place: Place) -> tuple[RemoteCaretView, ...]:
        replica = self._texts[place].replica
        views = []
        for peer_id, cursor in session.cursors.items():
            person = participant_of(state, place.session_id, peer_id)
            if cursor.file_id != place.file_id or person is None:
                continue
            name = plain(person.name)
            views.append(
                RemoteCaretView(
                    peer_id=peer_id,
                    name=name,
                    color=identity_of(person.color),
                    anchor=replica.position_of(cursor.anchor),
                    head=replica.position_of(cursor.head),
                    label=initials(name) if person.color >= IDENTITY_COLORS else "",
                )
            )
        return tuple(views)

    async def _tell_carets(self) -> None:
        """Tell where our caret is, whenever it moved, the newest only."""
        told: Any = None
        while True:
            await self._caret_moved.wait()
            self._caret_moved.clear()
            place = self._front
            if place is not None and place in self._texts:
                self._told_line = self._surface.own_line() + 1
                await self._tell(place, *self._own_caret(place), line=self._told_line)
            elif told is not None and told.session_id in self._net_sessions():
                await self._tell(Place(told.session_id, b""), Caret(), Caret(), line=0)
            told = place
            await asyncio.sleep(CARET_PAUSE_S)

    def _own_caret(self, place: Place) -> tuple[Caret, Caret]:
        replica = self._texts[place].replica
        anchor, head = self._surface.caret()
        return replica.caret_at(anchor), replica.caret_at(head)

    async def _tell(self, place: Place, anchor: Caret, head: Caret, *, line: int) -> None:
        session = self._store.state.active_sessions.get(place.session_id)
        if session is None or not _may_point(session):
            return
        file_id = FileId(place.file_id) if place.file_id else None
        try:
            await self._net.run(self._net.bridge.move_cursor(place.session_id, file_id, anchor, head, line=line))
        except HorizonError:
            return  # a caret that could not be told is told again with its next move


def _may_point(session: Session) -> bool:
    return session.is_host or session.channels.get(ChannelKind.CURSORS, 0) == ChannelAccess.USE
