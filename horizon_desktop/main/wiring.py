"""Builds a profile's bridge from the ground up: key, store, hub, links, sessions; and takes it down in order."""

import asyncio
import getpass
import platform
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

import msgspec

from horizon_desktop.adapters.documents.mirror_folder import DiskMirrorFolder
from horizon_desktop.adapters.documents.replica import PycrdtReplicas
from horizon_desktop.adapters.documents.text_files import DiskTextFiles
from horizon_desktop.adapters.keyring.os_keyring import system_keyring
from horizon_desktop.adapters.keyring.secret_home import open_secret_store
from horizon_desktop.adapters.memory_bus import MemoryBus
from horizon_desktop.adapters.network_watch import PolledNetworkWatch
from horizon_desktop.adapters.proxy_file import ProxyFile
from horizon_desktop.adapters.retrying import RetryingDialer
from horizon_desktop.adapters.storage.database import Database
from horizon_desktop.adapters.storage.store import SqlStore
from horizon_desktop.adapters.storage.usage_store import SqlUsageStore
from horizon_desktop.adapters.system import SystemClock, SystemEntropy
from horizon_desktop.adapters.system_network import network_addresses
from horizon_desktop.adapters.tls.engine import MemoryTlsFactory
from horizon_desktop.adapters.web.hub_client import WebHubDialer
from horizon_desktop.adapters.webrtc.direct import WebRtcFactory
from horizon_desktop.adapters.webrtc.stun_probe import StunServer
from horizon_desktop.bridge.in_process import MAX_NAME_CHARACTERS, NAME_SETTING, EphemeralBridge
from horizon_desktop.bridge.usage_desk import UsageDesk
from horizon_desktop.crypto.keys import DeviceKeyPair
from horizon_desktop.crypto.signing import SEED_BYTES
from horizon_desktop.domain.access.derivation import sponsor_id_of
from horizon_desktop.domain.collaboration.reach import addresses_for_links
from horizon_desktop.domain.ids import DeviceKey, peer_id_of
from horizon_desktop.domain.plain_text import plain_name
from horizon_desktop.main.bulk import bulk_engines
from horizon_desktop.main.hub_home import ProfileHubs
from horizon_desktop.main.meters import open_meters
from horizon_desktop.main.policies import open_policies
from horizon_desktop.main.profile import Profile
from horizon_desktop.main.profile_database import database_of
from horizon_desktop.main.workers import working
from horizon_desktop.ports.bus import Bus
from horizon_desktop.ports.configuration import Configuration, Network
from horizon_desktop.ports.entropy import Entropy
from horizon_desktop.ports.secrets import SecretStore
from horizon_desktop.ports.storage import Store
from horizon_desktop.services.host_parts import Parts
from horizon_desktop.services.proxy_setting import ProxySetting
from horizon_desktop.services.sessions import Sessions
from horizon_desktop.services.usage import usage_over
from horizon_desktop.services.usage_gates import UsageGates
from horizon_desktop.services.workers import WorkerRoll

OWNER_ONLY: Final = 0o700


class Choices(msgspec.Struct, frozen=True, kw_only=True):
    """What whoever starts the process decides."""

    is_direct_tried: bool = True
    hub: str = ""
    """URL of the hub for hosted sessions; empty: the embedded one."""
    stun: tuple[StunServer, ...] = ()
    is_loopback_linked: bool = False
    """Put loopback addresses into links: for two profiles on one machine."""
    configuration: Configuration = Configuration()


@asynccontextmanager
async def open_bridge(profile: Profile, choices: Choices = Choices()) -> AsyncIterator[EphemeralBridge]:  # noqa: B008
    """Open a profile for the time of the block, on the running loop.

    At the end every session stops being served but is not ended: it can be resumed.

    Raises:
        SecretUnavailable, StoreUnavailable: the profile cannot be opened.
        ConfigurationRefused: policy.broken: a policy file has a fault; nothing is opened then.
    """
    policies = open_policies(profile, choices.configuration.policies)
    profile.folder.mkdir(parents=True, exist_ok=True, mode=OWNER_ONLY)
    profile.folder.chmod(OWNER_ONLY)
    clock, entropy = SystemClock(), SystemEntropy()
    secrets = await open_secret_store(profile.folder, system_keyring())
    key = DeviceKeyPair.from_seed(await _seed(secrets, entropy))
    async with AsyncExitStack() as stack:
        store = await _own_rows(
            await stack.enter_async_context(
                database_of(profile, choices.configuration.database, key=key, secrets=secrets)
            ),
            key.key,
        )
        proxy = await _open_proxy(profile, choices.configuration.network)
        dialer = await stack.enter_async_context(WebHubDialer(clock=clock, entropy=entropy, proxy=proxy.choice))
        roll = WorkerRoll()
        hubs = await stack.enter_async_context(
            ProfileHubs(
                profile=profile,
                host=key.key,
                clock=clock,
                entropy=entropy,
                configured=choices.hub,
                is_loopback_linked=choices.is_loopback_linked,
                stay_inside=dialer.stay_inside,
                workers=roll.counters,
            )
        )
        group = await stack.enter_async_context(asyncio.TaskGroup())
        bus: Bus = MemoryBus()
        sessions: Sessions
        usage = usage_over(
            SqlUsageStore(store.database),
            bus=bus,
            clock=clock,
            entropy=entropy,
            gates=UsageGates(
                policies, clock=clock, own=peer_id_of(key.key), role_of=lambda peer_id: sessions.role_of(peer_id)
            ),
        )
        parts = Parts(
            key=key,
            device=plain_name(platform.node(), most_characters=MAX_NAME_CHARACTERS) or "computer",
            system=f"{platform.system()} {platform.release()}",
            store=store,
            bus=bus,
            clock=clock,
            entropy=entropy,
            dialer=RetryingDialer(dialer),
            tls=MemoryTlsFactory(),
            direct=WebRtcFactory(stun=choices.stun) if choices.is_direct_tried else None,
            bulk=bulk_engines(stun=choices.stun, entropy=entropy) if choices.is_direct_tried else {},
            files=DiskTextFiles,
            replicas=PycrdtReplicas(),
            mirrors=DiskMirrorFolder,
            configuration=choices.configuration,
            usage=usage,
            meters=stack.enter_context(open_meters(choices.configuration.metering, clock)),
            policies=policies,
        )
        name = await _name(store)
        bridge: EphemeralBridge
        sessions = Sessions(parts=parts, hubs=hubs, name=lambda: bridge.current_name(), group=group)
        bridge = EphemeralBridge(
            parts=parts,
            sessions=sessions,
            key_home=secrets.home,
            name=name,
            proxy=proxy,
            usage=UsageDesk(usage, clock=clock, person=sponsor_id_of(key.key), name=peer_id_of(key.key)),
        )
        await sessions.sweep()
        watch = PolledNetworkWatch(clock=clock, read=_ways_out)
        await stack.enter_async_context(working(parts, sessions, usage, watch, roll))
        try:
            yield bridge
        finally:
            await sessions.close()


def _ways_out() -> Sequence[str]:
    return addresses_for_links(network_addresses())


async def _own_rows(database: Database, owner: DeviceKey) -> SqlStore:
    """Return the store of this profile's rows, those of before rows had owners among them."""
    store = SqlStore(database, owner=owner)
    await store.adopt()
    return store


async def _open_proxy(profile: Profile, network: Network) -> ProxySetting:
    """Return which proxy this profile goes through. Raises UsageError (proxy.url)."""
    setting = ProxySetting(home=ProxyFile(profile.proxy), configured=network.proxy)
    await setting.load()
    return setting


async def _seed(secrets: SecretStore, entropy: Entropy) -> bytes:
    seed = await secrets.read_seed()
    if seed is None:
        seed = entropy.draw(SEED_BYTES)
        await secrets.write_seed(seed)
    return seed


async def _name(store: Store) -> str:
    """Return the name people read: the stored one, else the user's own on this machine."""
    stored = await store.setting(NAME_SETTING)
    if stored:
        return stored
    try:
        user = getpass.getuser()
    except (OSError, KeyError, ImportError):
        user = ""
    return plain_name(user, most_characters=MAX_NAME_CHARACTERS) or "somebody"
