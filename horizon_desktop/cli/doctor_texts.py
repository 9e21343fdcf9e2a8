"""What `horizon doctor` says: a sentence for each cause, and one for each piece of advice."""

from collections.abc import Mapping
from typing import Final

from horizon_desktop.cli.texts import filled

CAUSES: Final[Mapping[str, str]] = {
    "network.good": "This machine is on a network.",
    "network.none": "This machine is on no network.",
    "proxy.unseen": "Not looked at: no hub was named.",
    "proxy.none": "No proxy is used for this hub.",
    "proxy.used": "The way to the hub goes through the proxy {proxy}.",
    "proxy.unreachable": "The proxy {proxy} that this machine is set to use can't be reached.",
    "proxy.login": "The proxy {proxy} wants a name and a password.",
    "proxy.refused": "The proxy {proxy} doesn't let connections to this hub through.",
    "hub.unseen": "Not looked at: no hub was named.",
    "hub.good": "{hub} answers as a hub.",
    "hub.answers": "{hub} takes connections.",
    "hub.draining": "{hub} is about to stop and takes nobody new.",
    "hub.other": "{hub} answers, but it isn't a hub.",
    "hub.name": "The name of {hub} has no address.",
    "hub.refused": "The machine of {hub} answers, but no hub runs at that port.",
    "hub.silent": "{hub} doesn't answer: a firewall in between drops the connection, or that machine is off.",
    "hub.no_route": "There is no way from here to {hub}.",
    "hub.forbidden": "This machine's own firewall doesn't let Horizon connect to {hub}.",
    "hub.behind_proxy": "Not looked at: the proxy stands in between.",
    "tls.unseen": "Not looked at: no connection to a hub came about.",
    "tls.good": "The connection to {hub} is encrypted by TLS 1.3, and its key is the right one.",
    "tls.pin": "The server at {hub} has another key than the one that was named: somebody may be in between.",
    "tls.certificate": "No authority that this machine trusts vouches for {hub}: somebody may be in between.",
    "tls.date": "By this machine's clock the certificate of {hub} isn't valid now.",
    "tls.old": "{hub} speaks no TLS 1.3.",
    "tls.cut": "The connection to {hub} is cut as soon as encryption begins.",
    "clock.unseen": "Not looked at: no hub told its time.",
    "clock.good": "The clock is right: it differs from the hub's by {n} s.",
    "clock.ahead": "This machine's clock is {n} minutes ahead of the hub's.",
    "clock.behind": "This machine's clock is {n} minutes behind the hub's.",
    "udp.unseen": "Not looked at: no STUN servers are named.",
    "udp.good": "UDP gets through, out and back in.",
    "udp.blocked": "UDP doesn't get through: nothing comes back.",
    "udp.silent": "The one STUN server that was asked doesn't answer: it is off, or UDP is blocked.",
    "udp.no_server": "UDP is turned down: no STUN server runs there, or a firewall rejects it.",
    "udp.no_route": "There is no way from here to the STUN servers.",
    "udp.name": "The names of the STUN servers have no address.",
    "firewall.none": "No firewall is in the way.",
    "firewall.unseen": "Nothing shows a firewall, and nothing rules one out.",
    "firewall.local": "This machine's own firewall or security program stops Horizon.",
    "firewall.udp": "A firewall of this network blocks UDP; other connections get out.",
    "firewall.only_443": "A firewall of this network blocks UDP and, as far as was tried, every TCP port but 443.",
    "firewall.only_proxy": "A firewall of this network blocks UDP and, it seems, all that doesn't use its proxy.",
    "firewall.all": "A firewall of this network lets nothing out that was tried.",
    "nat.open": "Nothing translates addresses: the Internet sees this machine's own.",
    "nat.cone": "The router keeps one public port for all peers (cone NAT): good for direct paths.",
    "nat.symmetric": "The router gives every peer another public port (symmetric NAT): peers can't find this machine.",
    "nat.unseen": "Not looked at: UDP doesn't get through.",
    "nat.untold": "Not known: that takes answers of two STUN servers with different addresses.",
    "direct.most": "A direct path is likely with everybody whose network lets UDP through.",
    "direct.likely": "A direct path is likely, unless the other side has a symmetric NAT or no UDP.",
    "direct.open_only": "Unlikely, but with somebody who has a public address or is on this same network.",
    "direct.no": "There is no direct path to other networks from here: sessions go through the relay.",
    "direct.unknown": "Not known without the kind of NAT.",
    "pair.likely": "A direct path between the two networks is likely.",
    "pair.unlikely": "A direct path between the two networks is unlikely: one has a symmetric NAT, none is open.",
    "pair.no": "There is no direct path between the two networks: one of them lets no UDP through.",
    "pair.unknown": "Not known without both kinds of NAT.",
    "fine": "Everything that a session needs is there.",
    "partly": "What was looked at is in order; not everything was.",
}  # fmt: skip

ADVICE: Final[Mapping[str, str]] = {
    "": "",
    "allow_horizon": "Allow Horizon in this machine's firewall or security program: TCP to the hub, and UDP out.",
    "ask_udp": "Sessions work through the relay. For a direct path ask whoever runs the network to let UDP out.",
    "connect": "Connect this machine to a network: check cable, Wi-Fi, airplane mode and VPN.",
    "hub_address": "Check the hub's address and port, or ask whoever runs it to update it.",
    "hub_name": "Check the spelling of the name and this machine's DNS, or try another network.",
    "inspection": "Something in between inspects or blocks TLS: ask whoever runs the network to exempt the hub.",
    "keep_443": "Sessions work through the relay as long as the hub listens on port 443. Don't move it.",
    "login_page": "If the Wi-Fi wants a sign-in, do that in a browser; else ask whoever runs the network about it.",
    "name_hub": "Name one: horizon doctor --hub URL, or --hub - and paste the invite's link.",
    "new_link": "Don't enter a code. Ask the host for a new link, another way than the last.",
    "other_network": "Sessions work through the relay. For a direct path try another network, such as a phone's.",
    "port_443": "Ask whether it is on. If so, use a hub on port 443, or this network's proxy (HTTPS_PROXY).",
    "proxy_allow": "Ask whoever runs the proxy to allow CONNECT to the hub's address and port.",
    "proxy_login": "Set them with the proxy, in the settings or HTTPS_PROXY: http://NAME:PASSWORD@HOST:PORT.",
    "proxy_setting": "Check the proxy in the settings and HTTPS_PROXY; where none is needed choose none.",
    "relay_works": "Sessions work through the relay, still encrypted from end to end.",
    "set_clock": "Turn on automatic time. Invites and access depend on exact time.",
    "start_hub": "Ask whoever runs the hub to start it, and check the port.",
    "stun_servers": "Check HORIZON_STUN.",
    "stun_two": "Name two with different addresses: HORIZON_STUN=HOST:PORT,HOST:PORT.",
    "wait": "Try again in a few minutes.",
}  # fmt: skip

PATHS: Final[Mapping[str, str]] = {
    "direct": "Sessions will most likely go directly.",
    "relay": "Sessions will most likely go through the relay.",
    "none": "Sessions can't begin from here yet.",
    "unknown": "How sessions will go isn't known.",
}


def cause_words(key: str, values: Mapping[str, str | int]) -> str:
    """Return the sentence for a cause. Nothing in the values steers a terminal."""
    return filled(CAUSES[key], values)


def advice_words(key: str) -> str:
    """Return what to do; empty for nothing."""
    return ADVICE[key]
