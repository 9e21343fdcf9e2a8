"""Hypothesis strategies for what guests may do."""

from hypothesis import strategies as st

from horizon_desktop.domain.access.capability import AccessPeriod, CapabilitySet, Rate, Role
from horizon_desktop.domain.access.invitation import HubAddress, InvitationLink
from horizon_desktop.domain.access.token import EphemeralToken, RelayRights
from horizon_desktop.domain.ids import DeviceKey, Locator, SessionId
from horizon_desktop.domain.instants import Instant

CHANNELS = ("control", "edits", "cursors", "chat", "other")
TYPES = ("control", "document", "edit", "cursor", "chat", "other")

rates = st.builds(Rate, st.integers(0, 1000), st.integers(0, 10**7))
windows = st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)).map(
    lambda ends: AccessPeriod(Instant(min(ends)), Instant(max(ends)))
)
capabilities = st.builds(
    CapabilitySet,
    role=st.sampled_from(Role),
    channels=st.dictionaries(st.sampled_from(CHANNELS), st.integers(0, 2)),
    data_types=st.frozensets(st.sampled_from(TYPES)),
    rates=st.dictionaries(st.sampled_from(CHANNELS), rates),
    window=st.none() | windows,
)
keys = st.binary(min_size=32, max_size=32).map(DeviceKey)
relays = st.builds(
    RelayRights,
    targets=st.lists(keys, max_size=3).map(tuple),
    lanes=st.sets(st.integers(1, 3)).map(lambda lanes: tuple(sorted(lanes))),
    priority=st.integers(1, 3),
    bytes_per_s=st.integers(0, 10**9),
)


def tokens(issuer: DeviceKey) -> st.SearchStrategy[EphemeralToken]:
    times = st.tuples(st.integers(0, 10**12), st.integers(0, 300_000), st.integers(1, 300_000))
    return st.builds(
        lambda jti, session, guest, at, allowed, relay, epoch: EphemeralToken(
            jti=jti,
            issuer=issuer,
            session=SessionId(session),
            guest=guest,
            issued_at=Instant(at[0]),
            not_before=Instant(at[0] + at[1]),
            expires_at=Instant(at[0] + at[1] + at[2]),
            capabilities=allowed.trimmed(),
            relay=relay,
            epoch=epoch,
        ),
        st.binary(min_size=16, max_size=16),
        st.binary(min_size=32, max_size=32),
        keys.filter(lambda key: key != issuer),
        times,
        capabilities,
        relays,
        st.integers(0, 2**31),
    )


hub_names = st.from_regex(r"[a-z0-9]([a-z0-9.-]{0,20}[a-z0-9])?", fullmatch=True) | st.ip_addresses(v=6).map(str)
hubs = st.builds(
    HubAddress,
    host=hub_names,
    port=st.integers(1, 65535),
    pin=st.just(b"") | st.binary(min_size=16, max_size=16),
)
links = st.builds(
    InvitationLink,
    locator=st.binary(min_size=16, max_size=16).map(Locator),
    host=keys,
    secret=st.binary(min_size=16, max_size=16),
    hubs=st.lists(hubs, min_size=1, max_size=4).map(tuple),
)
