"""How a person names a proxy, what is never shown of it, and which hubs it is used for."""

import pytest

from horizon_desktop.domain.collaboration.proxy import Proxy, ProxyChoice, may_use_proxy, parse_proxy
from horizon_desktop.errors import UsageError


@pytest.mark.parametrize(
    ("text", "proxy"),
    [
        ("http://proxy.firm.example:3128", Proxy(host="proxy.firm.example", port=3128)),
        (" proxy.firm.example ", Proxy(host="proxy.firm.example", port=8080)),
        ("http://[2001:db8::1]:3128/", Proxy(host="2001:db8::1", port=3128)),
        ("http://ann:p%40ss@10.0.0.1:80", Proxy(host="10.0.0.1", port=80, user="ann", password="p@ss")),
    ],
)
def test_a_proxy_is_read_and_comes_back_from_its_own_url(text: str, proxy: Proxy) -> None:
    assert parse_proxy(text) == ProxyChoice(proxy=proxy, is_system_used=False)
    assert parse_proxy(proxy.url).proxy == proxy


def test_nothing_means_the_systems_proxy_and_none_means_none() -> None:
    assert parse_proxy(" ") == ProxyChoice(proxy=None, is_system_used=True)
    assert parse_proxy("None") == ProxyChoice(proxy=None, is_system_used=False)


@pytest.mark.parametrize("text", ["https://proxy:1", "socks5://proxy", "proxy:0", "proxy:70000", "http://a b", "x@y@z"])
def test_what_is_no_proxy_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_proxy(f"{text}?sesame")
    assert refused.value.key == "proxy.url"
    assert "sesame" not in f"{refused.value} {refused.value.values}"


def test_a_login_is_never_shown() -> None:
    choice = parse_proxy("http://kestrel:sesame@proxy.example:3128")
    shown = f"{choice!r} {choice} {choice.proxy!r} {choice.proxy} {[choice]}"
    assert "sesame" not in shown
    assert "kestrel" not in shown
    assert choice.proxy is not None
    assert choice.proxy.authority == "proxy.example:3128"


@pytest.mark.parametrize(
    ("host", "is_used"),
    [
        ("hub.example", True),
        ("203.0.113.10", True),
        ("2001:db8::1", True),
        ("localhost", False),
        ("127.0.0.1", False),
        ("::1", False),
        ("192.168.7.7", False),
        ("10.1.2.3", False),
        ("fd00::7", False),
        ("fe80::1%eth0", False),
    ],
)
def test_a_proxy_is_for_hubs_on_the_internet(host: str, *, is_used: bool) -> None:
    assert may_use_proxy(host) is is_used
