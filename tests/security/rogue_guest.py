"""A guest whose program was modified: it speaks the link by hand and may say anything."""

from horizon_desktop.adapters.tls.engine import MemoryTlsFactory
from horizon_desktop.crypto.keys import DeviceKeyPair
from horizon_desktop.domain.collaboration.channel import Lane
from horizon_desktop.domain.ids import DeviceKey, SessionId
from horizon_desktop.errors import RemoteProtocolError
from horizon_desktop.protocol.handshake import (
    UNKNOWN_INCARNATION,
    FirstMessage,
    LaneContext,
    check_binding,
    decode_first,
    encode_binding,
    encode_first,
)
from horizon_desktop.protocol.wire import Frame, FrameKind, FrameReader, encode_frame
from tests.protocol.link_world import GUEST, HOST, SESSION
from tests.services.link_bench import Bench, MemoryMember

INCARNATION = b"R" * 16


class RogueGuest:
    """One lane of a relay connection, with real TLS and a hand on every byte of the link."""

    def __init__(
        self,
        bench: Bench,
        *,
        pair: DeviceKeyPair = GUEST,
        lane: Lane = Lane.INTERACTIVE,
        session: SessionId = SESSION,
        host: DeviceKey = HOST.key,
        member: MemoryMember | None = None,
    ) -> None:
        self.bench = bench
        self.pair = pair
        self.lane = lane
        self.session = session
        self.host = host
        self.member = member or bench.hub.connect_member(pair.key)
        self.engine = MemoryTlsFactory().client()
        self.reader = FrameReader()
        self.frames: list[Frame] = []

    @property
    def is_closed(self) -> bool:
        """Whether the host or the hub closed the connection."""
        return self.member.link not in self.bench.hub.members

    def context(self) -> LaneContext:
        return LaneContext(
            session=self.session,
            peer=self.host,
            path="relay",
            lane=self.lane,
            is_client=True,
            exporter=self.engine.exporter(),
        )

    async def shake(self) -> None:
        """Bring TLS up."""
        await self.member.send_relay(self.lane, self.engine.start())
        await self.listen()

    async def listen(self, *, ms: int = 100) -> list[Frame]:
        """Let time pass and read what came; return the new frames."""
        await self.bench.clock.run_for(ms=ms)
        before = len(self.frames)
        while not self.member.frames.empty():
            frame = self.member.frames.get_nowait()
            if frame is None or frame.lane is not self.lane:
                continue
            plain, answer = self.engine.receive(frame.data)
            if answer and not self.is_closed:
                await self.member.send_relay(self.lane, answer)
            self.frames += self.reader.feed(plain)
        if self.frames == [] and ms == 100:
            await self.bench.clock.run_for(ms=20)
        return self.frames[before:]

    async def write(self, data: bytes) -> None:
        if not self.is_closed:
            await self.member.send_relay(self.lane, self.engine.seal(data))

    async def say(self, frame: Frame) -> list[Frame]:
        await self.write(encode_frame(frame))
        return await self.listen()

    def binding(self) -> bytes:
        return encode_binding(self.context(), self.pair, incarnation=INCARNATION, known_incarnation=UNKNOWN_INCARNATION)

    async def enter(self) -> None:
        """Shake hands, bind, and exchange first messages like an honest guest."""
        await self.shake()
        frames = await self.say(Frame(kind=FrameKind.BINDING, body=self.binding()))
        if len(frames) < 2:
            raise RemoteProtocolError("the host did not take the binding")
        binding = check_binding(frames[0].body, self.context(), self.pair.key)
        decode_first(frames[1].body)
        first = FirstMessage(INCARNATION, binding.incarnation, 0, {})
        await self.say(Frame(kind=FrameKind.FIRST, body=encode_first(first)))
