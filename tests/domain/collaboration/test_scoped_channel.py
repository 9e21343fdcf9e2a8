"""Tests of ScopedDataChannel and of the registry of ephemeral peers."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from horizon_desktop.domain.collaboration.channel import (
    CHANNEL_KINDS,
    ChannelAccess,
    ChannelKind,
    DataType,
    RateLimit,
    ScopedDataChannel,
    scoped_channels,
)
from horizon_desktop.domain.collaboration.peers import (
    MAX_PEERS,
    ConnectionMode,
    EphemeralPeer,
    EphemeralPeerRegistry,
    PeerScopes,
)
from horizon_desktop.domain.collaboration.presence import Quality
from horizon_desktop.domain.decision import Allow, Decision, Deny
from horizon_desktop.domain.ids import PeerId, SessionId
from horizon_desktop.domain.instants import Instant, Now, Tick

NOW = Now(Instant(1_000_000), Tick(500))
SESSION = SessionId(b"s" * 32)
ANNA = PeerId("a" * 64)
OPEN = dict.fromkeys(ChannelKind, ChannelAccess.USE)


def later(ms: int) -> Now:
    return Now(NOW.instant.plus(ms), NOW.tick.plus(ms))


def registered(
    registry: EphemeralPeerRegistry | None = None,
    *,
    peer_id: PeerId = ANNA,
    channels: dict[ChannelKind, ChannelAccess] | None = None,
    epoch: int = 1,
    life_ms: int = 60_000,
    now: Now = NOW,
    session: SessionId = SESSION,
) -> EphemeralPeerRegistry | Deny:
    return (registry or EphemeralPeerRegistry()).register_peer(
        peer_id=peer_id,
        session=session,
        identity_id="id",
        channels=OPEN if channels is None else channels,
        expires_at=now.instant.plus(life_ms),
        epoch=epoch,
        now=now,
    )


def anna(**changes: object) -> EphemeralPeer:
    registry = registered()
    assert isinstance(registry, EphemeralPeerRegistry)
    return msgspec.structs.replace(registry.peers[ANNA], **changes)


def scope(kind: ChannelKind = ChannelKind.EDITS, access: ChannelAccess = ChannelAccess.USE) -> ScopedDataChannel:
    return scoped_channels({kind: access}, epoch=1)[kind]


def rule(decision: Decision | EphemeralPeerRegistry) -> str:
    return decision.rule if isinstance(decision, Deny) else "allowed"


@pytest.mark.parametrize("kind", ChannelKind)
@pytest.mark.parametrize("access", ChannelAccess)
@pytest.mark.parametrize("data_type", DataType)
def test_a_peer_may_send_exactly_what_the_table_gives_its_access(
    kind: ChannelKind, access: ChannelAccess, data_type: DataType
) -> None:
    row = CHANNEL_KINDS[kind]
    allowed = {
        ChannelAccess.CLOSED: row.use_types if kind is ChannelKind.CONTROL else frozenset(),
        ChannelAccess.VIEW: row.view_types,
        ChannelAccess.USE: row.use_types,
    }[access]
    decision = scope(kind, access).can_send(anna(), data_type, 10, now=NOW)
    assert isinstance(decision, Allow) == (data_type in allowed)


@pytest.mark.parametrize("kind", [kind for kind in ChannelKind if kind is not ChannelKind.CONTROL])
def test_nothing_is_sent_to_a_peer_on_a_channel_that_is_closed_to_it(kind: ChannelKind) -> None:
    for data_type in CHANNEL_KINDS[kind].use_types:
        closed = scope(kind, ChannelAccess.CLOSED)
        assert rule(closed.can_receive(anna(), data_type, 1, now=NOW)) == "channel.closed"
        viewed = scope(kind, ChannelAccess.VIEW)
        assert rule(viewed.can_receive(anna(), data_type, 1, now=NOW)) == "allowed"


def test_the_size_limit_is_the_channel_s() -> None:
    most = CHANNEL_KINDS[ChannelKind.EDITS].max_message_bytes
    assert rule(scope().can_send(anna(), DataType.EDIT, most, now=NOW)) == "allowed"
    assert rule(scope().can_send(anna(), DataType.EDIT, most + 1, now=NOW)) == "message.oversize"


def test_a_peer_without_a_token_has_no_scope() -> None:
    assert rule(scope().can_send(anna(is_ephemeral=False), DataType.EDIT, 1, now=NOW)) == "peer.unknown"


def test_a_scope_of_a_lower_epoch_is_void_at_once() -> None:
    assert rule(scope().can_send(anna(epoch=2), DataType.EDIT, 1, now=NOW)) == "token.epoch"


def test_after_expiry_nothing_but_control_passes() -> None:
    after = later(60_000)
    assert rule(scope().can_send(anna(), DataType.EDIT, 1, now=after)) == "token.expired"
    assert rule(scope().can_receive(anna(), DataType.EDIT, 1, now=after)) == "token.expired"
    control = scope(ChannelKind.CONTROL)
    assert rule(control.can_send(anna(), DataType.CONTROL, 1, now=after)) == "allowed"


def test_a_wall_clock_set_back_gives_no_time() -> None:
    set_back = Now(Instant(0), NOW.tick.plus(60_000))
    assert rule(scope().can_send(anna(), DataType.EDIT, 1, now=set_back)) == "token.expired"


def test_a_frozen_monotonic_clock_gives_no_time() -> None:
    frozen = Now(NOW.instant.plus(60_000), NOW.tick)
    assert rule(scope().can_send(anna(), DataType.EDIT, 1, now=frozen)) == "token.expired"


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 3000)), max_size=80))
def test_what_passes_never_exceeds_burst_plus_rate(sends: list[tuple[int, int]]) -> None:
    limit = RateLimit(messages_per_s=10, burst_messages=5, bytes_per_s=2000, burst_bytes=4000)
    channel = msgspec.structs.replace(scope(), rate=limit)
    ms, messages, size = 0, 0, 0
    for pause, size_bytes in sends:
        ms += pause
        if isinstance(channel.can_send(anna(), DataType.EDIT, size_bytes, now=later(ms)), Allow):
            channel = channel.record_message(ANNA, size_bytes, now=later(ms).tick)
            messages, size = messages + 1, size + size_bytes
    assert messages <= 5 + ms * 10 // 1000 + 1
    assert size <= 4000 + ms * 2


def test_one_peer_s_haste_takes_nothing_from_another() -> None:
    limit = RateLimit(messages_per_s=1, burst_messages=1, bytes_per_s=1000, burst_bytes=1000)
    channel = msgspec.structs.replace(scope(), rate=limit).record_message(ANNA, 1, now=NOW.tick)
    other = anna(peer_id=PeerId("b" * 64))
    assert rule(channel.can_send(anna(), DataType.EDIT, 1, now=NOW)) == "rate.exceeded"
    assert rule(channel.can_send(other, DataType.EDIT, 1, now=NOW)) == "allowed"


def test_a_monotonic_clock_that_went_back_gives_nothing_back() -> None:
    limit = RateLimit(messages_per_s=1, burst_messages=1, bytes_per_s=1000, burst_bytes=1000)
    channel = msgspec.structs.replace(scope(), rate=limit).record_message(ANNA, 1, now=later(5000).tick)
    assert rule(channel.can_send(anna(), DataType.EDIT, 1, now=NOW)) == "rate.exceeded"


def test_a_known_peer_keeps_its_join_time_when_it_is_registered_again() -> None:
    first = registered()
    assert isinstance(first, EphemeralPeerRegistry)
    again = registered(first, epoch=2, now=later(5000))
    assert isinstance(again, EphemeralPeerRegistry)
    assert again.peers[ANNA].joined_at == NOW.instant
    assert again.peers[ANNA].epoch == 2


def test_a_lower_epoch_and_an_ended_token_are_not_registered() -> None:
    first = registered(epoch=3)
    assert isinstance(first, EphemeralPeerRegistry)
    assert rule(registered(first, epoch=2)) == "token.epoch"
    assert rule(registered(life_ms=0)) == "token.expired"


def test_a_full_registry_refuses_one_more() -> None:
    registry = EphemeralPeerRegistry()
    for number in range(MAX_PEERS):
        grown = registered(registry, peer_id=PeerId(f"{number:064x}"))
        assert isinstance(grown, EphemeralPeerRegistry)
        registry = grown
    assert rule(registered(registry)) == "peers.full"


def test_channel_access_is_validated_against_entry_and_time() -> None:
    registry = registered(channels={ChannelKind.EDITS: ChannelAccess.VIEW})
    assert isinstance(registry, EphemeralPeerRegistry)
    asked = {
        "view": registry.validate_channel_access(ANNA, ChannelKind.EDITS, now=NOW),
        "use": registry.validate_channel_access(ANNA, ChannelKind.EDITS, now=NOW, needed=ChannelAccess.USE),
        "chat": registry.validate_channel_access(ANNA, ChannelKind.CHAT, now=NOW),
        "late": registry.validate_channel_access(ANNA, ChannelKind.EDITS, now=later(60_000)),
        "nobody": registry.validate_channel_access(PeerId("b" * 64), ChannelKind.EDITS, now=NOW),
    }
    assert {name: rule(decision) for name, decision in asked.items()} == {
        "view": "allowed",
        "use": "channel.closed",
        "chat": "channel.closed",
        "late": "token.expired",
        "nobody": "peer.unknown",
    }


def test_a_session_s_peers_come_in_the_order_they_joined() -> None:
    registry = registered(peer_id=PeerId("b" * 64))
    assert isinstance(registry, EphemeralPeerRegistry)
    registry = registered(registry, now=later(10))
    assert isinstance(registry, EphemeralPeerRegistry)
    registry = registered(registry, peer_id=PeerId("c" * 64), session=SessionId(b"o" * 32))
    assert isinstance(registry, EphemeralPeerRegistry)
    assert [peer.peer_id for peer in registry.get_session_peers(SESSION)] == ["b" * 64, ANNA]


def test_cleaning_up_names_those_whose_time_is_over() -> None:
    registry = registered()
    assert isinstance(registry, EphemeralPeerRegistry)
    registry = registered(registry, peer_id=PeerId("b" * 64), life_ms=90_000)
    assert isinstance(registry, EphemeralPeerRegistry)
    left, gone = registry.cleanup_expired(now=later(60_000))
    assert gone == (ANNA,) and list(left.peers) == ["b" * 64]


def test_how_a_peer_is_heard_is_kept_with_it() -> None:
    registry = registered()
    assert isinstance(registry, EphemeralPeerRegistry)
    quality = Quality(path="direct", rtt_ms=12)
    measured = registry.measured(ANNA, ConnectionMode.DIRECT, quality)
    assert measured.peers[ANNA].connection_mode is ConnectionMode.DIRECT
    assert measured.peers[ANNA].quality == quality


def test_raising_the_epoch_voids_the_scopes_made_before() -> None:
    registry = registered()
    assert isinstance(registry, EphemeralPeerRegistry)
    before = PeerScopes.of(registry.peers[ANNA]).channels[ChannelKind.CHAT]
    raised = registry.raise_epoch(ANNA, 2).peers[ANNA]
    assert rule(before.can_send(raised, DataType.CHAT, 1, now=NOW)) == "token.epoch"
    assert rule(PeerScopes.of(raised).channels[ChannelKind.CHAT].can_send(raised, DataType.CHAT, 1, now=NOW)) == (
        "allowed"
    )
