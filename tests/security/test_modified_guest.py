"""A guest whose program no longer checks itself: the whole host refuses it, and everybody else goes on."""

from horizon_desktop.adapters.documents.replica import PycrdtReplicas
from horizon_desktop.domain.access.capability import Role
from horizon_desktop.domain.collaboration.channel import ChannelKind, DataType
from horizon_desktop.domain.events import AccessChanged, ActionRefused, ChatSaid, FilesChanged, SessionEnded
from horizon_desktop.protocol.payloads.chat import Say
from horizon_desktop.protocol.payloads.codec import encode
from horizon_desktop.protocol.payloads.edits import Update
from horizon_desktop.services.joined_session import JoinedSession
from tests.services.session_world import FILE, World, world_of


def unleash(joined: JoinedSession) -> None:
    """Take the sender's own check out: only the host's is left."""
    joined.core._scopes = None


async def test_edits_of_an_observer_reach_neither_the_text_nor_the_disk() -> None:
    world = World()
    host, rogue, guest = (world.machine(name) for name in ("host", "rogue", "maya"))
    async with world_of(host, rogue, guest):
        hosted = await world.host_a_file(host)
        joined = await world.join(rogue, hosted, host)
        other = await world.join(guest, hosted, host)
        await rogue.fact(FilesChanged, lambda fact: bool(fact.files))
        (shared,) = hosted.core.documents.files()
        seed = await world.done(joined.core.documents.open_replica(shared.file_id))
        text = PycrdtReplicas().load(seed.client_id, seed.state)
        await world.done(hosted.core.change_role(rogue.peer_id, Role.OBSERVER))
        await rogue.fact(AccessChanged)
        unleash(joined)
        forged = Update(shared.file_id, seed.epoch, text.splice(0, 0, "owned\n"))
        await world.done(joined.core.link.send(ChannelKind.EDITS, DataType.EDIT, encode(forged)))
        refused = await host.fact(ActionRefused, lambda fact: fact.peer_id == rogue.peer_id)
        assert refused.channel == ChannelKind.EDITS
        await world.run_for(seconds=2)
        assert host.disk[FILE] == b"import torch\n"
        await world.done(other.say("we work on"))
        await host.fact(ChatSaid)


async def test_a_refused_message_is_told_and_counted_once() -> None:
    world = World()
    host, rogue = world.machine("host"), world.machine("rogue")
    async with world_of(host, rogue):
        hosted = await world.host_a_file(host)
        joined = await world.join(rogue, hosted, host)
        await world.done(joined.core.ask(Say("x" * 5000)))
        refused = await host.fact(ActionRefused)
        await world.run_for(seconds=2)
        assert host.heard(ActionRefused) == [refused]
        assert (refused.channel, refused.rule) == ("chat", "message.form")


async def test_what_is_said_after_the_end_is_heard_by_nobody() -> None:
    world = World()
    host, rogue = world.machine("host"), world.machine("rogue")
    async with world_of(host, rogue):
        hosted = await world.host_a_file(host, length_s=60)
        joined = await world.join(rogue, hosted, host)
        unleash(joined)
        await world.run_for(seconds=61, step_ms=250)
        await world.done(joined.say("one more thing"))
        assert (await host.fact(SessionEnded)).reason == "expired"
        assert not host.heard(ChatSaid)
