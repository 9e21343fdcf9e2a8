"""The configuration of one process as plain frozen values; who reads it from files and environment is an adapter."""

from typing import Final

import msgspec

from horizon_desktop.domain.access.risk import RiskRules

SURFACES: Final = ("edits", "cursors", "chat", "measure")
"""The channels that a configuration or a policy may switch off, by the names of their kinds."""


class Features(msgspec.Struct, frozen=True, kw_only=True):
    """Which surfaces this Horizon has. One that is off can be chosen for no session and opened by no guest."""

    edits: bool = True
    cursors: bool = True
    chat: bool = True
    measure: bool = True

    @property
    def off(self) -> frozenset[str]:
        """Return the names of the channels that are switched off."""
        return frozenset(name for name in SURFACES if not getattr(self, name))


class Network(msgspec.Struct, frozen=True, kw_only=True):
    """How this process reaches others."""

    hub: str = ""
    """URLs of the hubs for own sessions, best first, with spaces between; empty: the one inside this process."""
    proxy: str = ""
    """http://[NAME:PASSWORD@]HOST:PORT, or none; empty: the profile's, else the system's. May hold a password."""
    stun: tuple[str, ...] = ()
    """HOST:PORT of up to four servers that tell our public address."""
    is_direct_tried: bool = True
    is_loopback_linked: bool = False
    """Links may name this machine only: two profiles on one machine."""

    def __repr__(self) -> str:
        shown = {name: getattr(self, name) for name in self.__struct_fields__} | {"proxy": "set" if self.proxy else ""}
        return f"Network({', '.join(f'{name}={value!r}' for name, value in shown.items())})"


class Database(msgspec.Struct, frozen=True, kw_only=True):
    """Where a team's shared rows are."""

    url: str = ""
    """postgresql://...; empty: the profile's own SQLite file. May hold a password."""

    def __repr__(self) -> str:
        return f"Database({'set' if self.url else 'own file'})"


class Worker(msgspec.Struct, frozen=True, kw_only=True):
    """When one background worker works."""

    is_on: bool = True
    interval_s: int = 60
    jitter_percent: int = 10
    """Each pause is longer or shorter by up to so much, so that many processes do not work at once."""
    batch: int = 2000
    """Most rows of one transaction."""


class Workers(msgspec.Struct, frozen=True, kw_only=True):
    """The background workers."""

    expiry: Worker = Worker(interval_s=30)
    """Quotas, pools and allocations whose time is over."""
    identity_cleanup: Worker = Worker(interval_s=60)
    """Invitations and identities whose time is over."""
    keep_hours: int = 24
    """How long what has ended is kept before it is deleted."""


class Metering(msgspec.Struct, frozen=True, kw_only=True):
    """How a session's purse is debited."""

    interval_s: int = 5
    is_gpu_read: bool = True
    """Ask NVML for the GPUs; without, CPU seconds and bytes are metered."""


class Configuration(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that can be set. Without any file, variable or option it is exactly this."""

    features: Features = Features()
    network: Network = Network()
    database: Database = Database()
    workers: Workers = Workers()
    risk: RiskRules = RiskRules()
    metering: Metering = Metering()
    policies: str = ""
    """A policy file or a folder of them; empty: the folder `policies` of the profile, or else the built-in policies."""


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """One setting, its value as people may see it, and which layer it came from."""

    name: str
    """Dotted: workers.expiry.interval_s."""
    value: str
    """Secrets are hidden."""
    layer: str
    """default, file, secret, environment or option."""
    where: str = ""
    """The file, the variable or the option."""


class LoadedConfiguration(msgspec.Struct, frozen=True, kw_only=True):
    """What was read, and where each value came from, in the order of the tree."""

    configuration: Configuration
    origins: tuple[Origin, ...]
