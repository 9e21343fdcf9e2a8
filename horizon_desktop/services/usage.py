"""The services of use, built together over one store: what workers, the purse and the bridge are given."""

import msgspec

from horizon_desktop.ports.bus import Bus
from horizon_desktop.ports.clock import Clock
from horizon_desktop.ports.entropy import Entropy
from horizon_desktop.ports.usage import UsageStore
from horizon_desktop.services.costs import CostService
from horizon_desktop.services.policies import Policies
from horizon_desktop.services.pools import ResourcePoolService
from horizon_desktop.services.quotas import EphemeralQuotaService
from horizon_desktop.services.time_windows import TimeWindowService
from horizon_desktop.services.usage_gates import UsageGates


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """Quotas, pools, cost and time windows of one profile or one team."""

    quotas: EphemeralQuotaService
    pools: ResourcePoolService
    costs: CostService
    windows: TimeWindowService


def usage_over(
    store: UsageStore, *, bus: Bus, clock: Clock, entropy: Entropy, gates: UsageGates | None = None
) -> Usage:
    """Return the services over this store. They own nothing and need no closing.

    Args:
        gates: Asks the policies in force; None: the built-in ones.
    """
    gates = gates or UsageGates(Policies(), clock=clock)
    windows = TimeWindowService(store=store, bus=bus, clock=clock, entropy=entropy)
    return Usage(
        quotas=EphemeralQuotaService(
            store=store, windows=windows, bus=bus, clock=clock, entropy=entropy, may_have=gates.may_have_quota
        ),
        pools=ResourcePoolService(
            store=store, windows=windows, bus=bus, clock=clock, entropy=entropy, may_use=gates.may_use_pool
        ),
        costs=CostService(store=store, bus=bus, clock=clock, entropy=entropy),
        windows=windows,
    )
