"""Builds the check of the network that `horizon doctor` asks for: no profile, no key, no store."""

import platform
from collections.abc import Sequence

from horizon_desktop.adapters.system_network import network_addresses
from horizon_desktop.adapters.web.hub_probe import WebHubProbe
from horizon_desktop.adapters.webrtc.nat_probe import StunNatProbe
from horizon_desktop.adapters.webrtc.stun_probe import StunServer
from horizon_desktop.bridge.checkup import LocalCheckup
from horizon_desktop.domain.collaboration.findings import Server
from horizon_desktop.domain.collaboration.reach import addresses_for_links
from horizon_desktop.ports.clock import Clock
from horizon_desktop.services.doctor import Doctor
from horizon_desktop.version import __version__


def make_checkup(stun: Sequence[StunServer], *, clock: Clock) -> LocalCheckup:
    """Return the check of this machine's network."""
    doctor = Doctor(
        hub_probe=WebHubProbe(clock=clock),
        udp_probe=StunNatProbe(),
        read_addresses=_ways_out,
        servers=[Server(host=each.host, port=each.port) for each in stun],
    )
    return LocalCheckup(doctor, clock=clock, version=__version__, system=f"{platform.system()} {platform.release()}")


def _ways_out() -> Sequence[str]:
    return addresses_for_links(network_addresses())
