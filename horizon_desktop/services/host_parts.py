"""What every session of a profile is built from: its key, its name, and the ports."""

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from horizon_desktop.crypto.keys import DeviceKeyPair
from horizon_desktop.domain.collaboration.channel import Engine
from horizon_desktop.ports.bus import Bus
from horizon_desktop.ports.clock import Clock
from horizon_desktop.ports.configuration import Configuration
from horizon_desktop.ports.documents import ReplicaFactory, TextFiles
from horizon_desktop.ports.entropy import Entropy
from horizon_desktop.ports.hub import Caller, HubDialer
from horizon_desktop.ports.mirror_folder import MirrorFolder
from horizon_desktop.ports.storage import Store
from horizon_desktop.ports.telemetry import Meters
from horizon_desktop.ports.transport import DirectFactory, TlsFactory
from horizon_desktop.services.identities import EphemeralIdentityService
from horizon_desktop.services.policies import Policies
from horizon_desktop.services.usage import Usage


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """One profile's key and everything outside that its sessions use; built once in `main`."""

    key: DeviceKeyPair
    device: str
    """This machine's name, as others read it."""
    system: str
    store: Store
    bus: Bus
    clock: Clock
    entropy: Entropy
    dialer: HubDialer
    tls: TlsFactory
    direct: DirectFactory | None
    """None: no direct path is tried (--no-p2p)."""
    bulk: Mapping[Engine, DirectFactory] = {}
    """Engines of direct connections for the bulk lane alone."""
    files: Callable[[], TextFiles]
    """One for each session: it watches exactly that session's files."""
    replicas: ReplicaFactory
    mirrors: Callable[[Path], MirrorFolder]
    """Reaches the files of one mirror folder."""

    configuration: Configuration = Configuration()
    policies: Policies = Policies()
    """Asked at every gate; the built-in ones where none are configured."""

    meters: Meters | None = None
    """What use is metered by; None where nothing is."""
    usage: Usage | None = None
    """Quotas, pools, cost and time windows; None where nothing is counted (a store in memory)."""

    @property
    def identities(self) -> EphemeralIdentityService:
        """The identities of this profile's guests; the profile answers for them."""
        return EphemeralIdentityService(
            store=self.store, bus=self.bus, clock=self.clock, entropy=self.entropy, sponsor=self.key.key
        )

    @property
    def caller(self) -> Caller:
        return Caller(key=self.key.key, sign=self.key.sign)
