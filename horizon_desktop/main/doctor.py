"""Builds the check of the network that `horizon doctor` asks for: no key, no store, of the profile only its proxy."""

import platform
from collections.abc import Sequence

from horizon_desktop.adapters.proxy_file import ProxyFile
from horizon_desktop.adapters.system_network import network_addresses
from horizon_desktop.adapters.web.hub_probe import WebHubProbe
from horizon_desktop.adapters.webrtc.nat_probe import StunNatProbe
from horizon_desktop.adapters.webrtc.stun_probe import StunServer
from horizon_desktop.bridge.checkup import LocalCheckup
from horizon_desktop.domain.collaboration.findings import Server
from horizon_desktop.domain.collaboration.reach import addresses_for_links
from horizon_desktop.main.profile import Profile
from horizon_desktop.ports.clock import Clock
from horizon_desktop.ports.configuration import Network
from horizon_desktop.services.doctor import Doctor
from horizon_desktop.services.proxy_setting import ProxySetting
from horizon_desktop.version import __version__


def make_checkup(profile: Profile, network: Network, stun: Sequence[StunServer], *, clock: Clock) -> LocalCheckup:
    """Return the check of this machine's network, by the proxy that the profile goes through.

    Raises UsageError (proxy.url): the configuration's is none.
    """
    proxy = ProxySetting(home=ProxyFile(profile.proxy), configured=network.proxy)
    doctor = Doctor(
        hub_probe=WebHubProbe(clock=clock, proxy=proxy.choice),
        udp_probe=StunNatProbe(),
        read_addresses=_ways_out,
        servers=[Server(host=each.host, port=each.port) for each in stun],
    )
    system = f"{platform.system()} {platform.release()}"
    return LocalCheckup(doctor, clock=clock, version=__version__, system=system, prepare=proxy.load)


def _ways_out() -> Sequence[str]:
    return addresses_for_links(network_addresses())
