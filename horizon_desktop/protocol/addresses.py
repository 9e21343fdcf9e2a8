"""Which addresses that a peer names may be knocked at."""

import ipaddress


def may_be_knocked_at(address: str) -> bool:
    """Whether packets may be sent to an address that an authenticated peer named.

    Loopback, link-local, multicast and unspecified addresses are nobody's to name, and a
    name is no address: False.
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    is_special = found.is_loopback or found.is_link_local or found.is_multicast
    return not (is_special or found.is_unspecified)
