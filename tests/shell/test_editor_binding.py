"""The editor and the session's text: both ways, in order, with carets, and nothing lost on the way."""

from pathlib import Path

from PySide6.QtWidgets import QApplication

from horizon_desktop.domain.events import CursorMoved, DocumentReset, PeerEntered, SessionEnded
from horizon_desktop.presentation import intents
from horizon_desktop.presentation.facts import FellBehind
from tests.presentation.example_state import FILE, GUEST, SID, START, participant
from tests.shell.window_world import TEXT, World, play


async def open_file(world: World) -> None:
    world.dispatch(intents.ShowPage(page="workspace", session_id=SID))
    await world.until(lambda: world.surface.text() == world.bridge.text(FILE))


def test_the_text_in_front_is_shown(qapp: QApplication, tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        await open_file(world)
        assert world.surface.text() == TEXT
        assert world.surface.file_name == "trainer.py"
        assert FILE not in world.state.active_sessions[SID].loading_files

    play(qapp, tmp_path, scene)


def test_what_is_typed_reaches_the_session_in_order(qapp: QApplication, tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        await open_file(world)
        for at, letter in enumerate("hello \U0001f44b "):
            world.surface.replace(len(letter.encode("utf-16-le")) // 2 * at, 0, letter)
        await world.until(lambda: world.bridge.text(FILE) == world.surface.text())

    play(qapp, tmp_path, scene)


def test_many_keys_at_once_leave_as_few_messages(qapp: QApplication, tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        await open_file(world)
        for at in range(200):
            world.surface.replace(at, 0, "x")
        await world.until(lambda: world.bridge.text(FILE) == world.surface.text())
        assert len(world.asked("apply_edit")) < 50

    play(qapp, tmp_path, scene)


def test_what_others_type_is_shown_and_not_sent_back(qapp: QApplication, tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        await open_file(world)
        await world.on_network(lambda: world.bridge.edit(SID, FILE, 0, 3, "four"))
        await world.until(lambda: world.surface.text() == "four\ntwo\n")
        assert world.asked("apply_edit") == []

    play(qapp, tmp_path, scene)


def test_both_type_at_once_and_end_equal(qapp: QApplication, tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        await open_file(world)
        for turn in range(20):
            world.surface.replace(0, 0, f"a{turn} ")
            await world.on_network(lambda turn=turn: world.bridge.edit(SID, FILE, 0, 0, f"b{turn} "))
        await world.until(lambda: world.bridge.text(FILE) == world.surface.text())
        assert all(f"{who}{turn} " in world.surface.text() for who in "ab" for turn in range(20))

    play(qapp, tmp_path, scene)


def test_undo_takes_back_own_edits_only(qapp: QApplication, tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        await open_file(world)
        world.surface.replace(0, 0, "mine ")
        await world.on_network(lambda: world.bridge.edit(SID, FILE, 4, 0, "theirs "))
        await world.until(lambda: "theirs" in world.surface.text())
        world.surface.undo_asked.emit()
        assert "mine" not in world.surface.text()
        assert "theirs" in world.surface.text()
        await world.until(lambda: world.bridge.text(FILE) == world.surface.text())

    play(qapp, tmp_path, scene)


def test_a_reset_text_is_opened_again(qapp: QApplication, tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        await open_file(world)
        world.bridge.put_text(FILE, "anew\n")
        await world.on_network(lambda: world.bridge.publish(DocumentReset(session_id=SID, file_id=FILE)))
        await world.until(lambda: world.surface.text() == "anew\n")

    play(qapp, tmp_path, scene)


def test_missed_updates_are_caught_up(qapp: QApplication, tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        await open_file(world)
        world.surface.replace(0, 0, "mine ")
        await world.on_network(lambda: world.bridge.edit_unheard(FILE, 0, 0, "missed "))
        world.desk.editor.take([FellBehind()])
        await world.until(lambda: "missed" in world.surface.text() and "mine" in world.surface.text())
        assert world.surface.text() == world.bridge.text(FILE)

    play(qapp, tmp_path, scene)


def test_others_carets_are_shown_at_their_characters(qapp: QApplication, tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        await open_file(world)
        caret = world.bridge.caret_of(FILE, 4)
        moved = CursorMoved(session_id=SID, peer_id=GUEST, file_id=FILE, anchor=caret, head=caret)
        await world.on_network(lambda: world.bridge.publish(moved))
        await world.until(lambda: [shown.head for shown in world.surface.carets] == [4])
        assert world.surface.carets[0].name == "kestrel"

    play(qapp, tmp_path, scene)


def test_the_own_caret_is_told_with_its_line(qapp: QApplication, tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        await open_file(world)
        world.surface.set_caret(4, 4)
        await world.until(lambda: (SID, FILE, 2) in world.asked("move_cursor"))

    play(qapp, tmp_path, scene)


def test_who_comes_in_is_told_where_we_are(qapp: QApplication, tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        await open_file(world)
        await world.until(lambda: len(world.asked("move_cursor")) > 0)
        before = len(world.asked("move_cursor"))
        entered = PeerEntered(session_id=SID, participant=participant("44" * 32, name="basalt", color=3))
        await world.on_network(lambda: world.bridge.publish(entered))
        await world.until(lambda: len(world.asked("move_cursor")) > before)

    play(qapp, tmp_path, scene)


def test_closing_a_tab_gives_the_replica_back_after_the_last_edit(qapp: QApplication, tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        await open_file(world)
        world.surface.replace(0, 0, "last ")
        world.dispatch(intents.CloseFile(session_id=SID, file_id=FILE))
        await world.until(lambda: len(world.asked("close_replica")) == 1)
        assert world.bridge.text(FILE).startswith("last ")

    play(qapp, tmp_path, scene)


def test_an_ended_session_takes_no_more_edits(qapp: QApplication, tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        await open_file(world)
        ended = SessionEnded(session_id=SID, reason="expired", at=START)
        await world.on_network(lambda: world.bridge.publish(ended))
        await world.until(lambda: world.state.page == "ended")
        world.surface.replace(0, 0, "late ")
        assert world.asked("apply_edit") == []

    play(qapp, tmp_path, scene, is_host=False)
