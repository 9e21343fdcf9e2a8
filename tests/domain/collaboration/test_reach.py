"""How others reach a hub: URLs with pins, and the addresses that belong into a link."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from horizon_desktop.domain.access.invitation import HubAddress
from horizon_desktop.domain.collaboration.reach import (
    NetworkAddress,
    addresses_for_links,
    hub_url,
    parse_hub_url,
    parse_hub_urls,
    parse_listen,
)
from horizon_desktop.errors import UsageError

PIN = bytes(range(16))


def address(interface: str, text: str, *, is_up: bool = True, is_primary: bool = False) -> NetworkAddress:
    return NetworkAddress(interface=interface, address=text, is_up=is_up, is_primary=is_primary)


def test_links_name_reachable_addresses_the_primary_first_and_ipv4_before_ipv6() -> None:
    found = [
        address("lo", "127.0.0.1"),
        address("eth0", "fd00::2"),
        address("eth0", "fe80::1%eth0"),
        address("eth1", "10.0.0.5"),
        address("wlan0", "192.168.1.7", is_primary=True),
    ]
    assert addresses_for_links(found) == ("192.168.1.7", "10.0.0.5", "fd00::2")


@pytest.mark.parametrize(
    ("interface", "text"),
    [
        ("lo", "127.0.0.1"),
        ("lo", "::1"),
        ("eth0", "169.254.3.4"),
        ("eth0", "fe80::1%eth0"),
        ("docker0", "172.17.0.1"),
        ("br-0123456789ab", "172.18.0.1"),
        ("virbr0", "192.168.122.1"),
        ("podman1", "10.89.0.1"),
        ("eth0", "0.0.0.0"),
        ("eth0", "no address"),
    ],
)
def test_links_do_not_name_what_nobody_outside_can_reach(interface: str, text: str) -> None:
    assert addresses_for_links([address(interface, text)]) == ()


def test_links_do_not_name_interfaces_that_are_down() -> None:
    assert addresses_for_links([address("eth0", "10.0.0.5", is_up=False)]) == ()


def test_a_test_may_have_loopback_in_a_link_after_the_rest() -> None:
    found = [address("lo", "127.0.0.1"), address("eth0", "10.0.0.5")]
    assert addresses_for_links(found, is_loopback_allowed=True) == ("10.0.0.5", "127.0.0.1")


@pytest.mark.parametrize(
    ("text", "hub"),
    [
        ("https://hub.example:7443", HubAddress(host="hub.example", port=7443)),
        ("https://hub.example", HubAddress(host="hub.example", port=443)),
        ("hub.example", HubAddress(host="hub.example", port=7443)),
        ("127.0.0.1:8000", HubAddress(host="127.0.0.1", port=8000)),
        (f"https://[::1]:8000/#{PIN.hex()}", HubAddress(host="::1", port=8000, pin=PIN)),
        (f"https://10.0.0.5:7443#{PIN.hex()}", HubAddress(host="10.0.0.5", port=7443, pin=PIN)),
    ],
)
def test_a_hub_is_named_by_url_or_host_and_port(text: str, hub: HubAddress) -> None:
    assert parse_hub_url(text) == hub


@pytest.mark.parametrize("pin", [b"", PIN])
@pytest.mark.parametrize("host", ["hub.example", "10.0.0.5", "fd00::2"])
def test_a_hubs_url_names_it_again(host: str, pin: bytes) -> None:
    hub = HubAddress(host=host, port=7443, pin=pin)
    assert parse_hub_url(hub_url(hub)) == hub


@pytest.mark.parametrize(
    "text", ["", "http://hub.example", "https://", "hub:0", "hub:65536", "[::zz]:1", "https://a/b", "a b", "hub#12"]
)
def test_what_is_no_hub_is_wrong_use(text: str) -> None:
    with pytest.raises(UsageError):
        parse_hub_url(text)


@given(st.text(max_size=60))
def test_any_text_names_a_hub_or_is_wrong_use(text: str) -> None:
    for parse in (parse_hub_url, parse_listen):
        try:
            parse(text)
        except UsageError:
            pass


@pytest.mark.parametrize(
    ("text", "listen"),
    [
        ("127.0.0.1:0", ("127.0.0.1", 0)),
        ("[::1]:7443", ("::1", 7443)),
        (":7443", ("", 7443)),
        ("*:7443", ("", 7443)),
        ("localhost:1", ("localhost", 1)),
    ],
)
def test_a_hub_listens_on_host_and_port(text: str, listen: tuple[str, int]) -> None:
    assert parse_listen(text) == listen


def test_several_hubs_are_named_with_spaces_or_commas_best_first_and_once_each() -> None:
    hubs = parse_hub_urls("https://a.example, b.example:7000  https://a.example:443")
    assert [hub.authority for hub in hubs] == ["a.example:443", "b.example:7000"]


@pytest.mark.parametrize(
    ("text", "code"), [("", "hub.url"), ("a.example ://", "hub.url"), (" ".join("abcdefg"), "hub.count")]
)
def test_no_hub_a_broken_one_and_too_many_are_refused(text: str, code: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_hub_urls(text)
    assert refused.value.key == code
