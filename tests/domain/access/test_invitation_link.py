"""Links: what was made is read back, and nothing that only looks like one is."""

import base64
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from horizon_desktop.domain.access.invitation import (
    MAX_LINK_CHARS,
    HubAddress,
    InvitationLink,
    app_link,
    encode_body,
    invite_name,
    may_stand_in_link,
    parse_body,
    parse_link,
    web_link,
)
from horizon_desktop.domain.decision import Allow, Deny
from horizon_desktop.domain.ids import DeviceKey, Locator
from horizon_desktop.errors import InviteRefused, UsageError
from tests.domain.access.strategies import links

HUB = HubAddress(host="hub.example.org", port=7443)
LINK = InvitationLink(locator=Locator(b"l" * 16), host=DeviceKey(b"h" * 32), secret=b"s" * 16, hubs=(HUB,))
BODY = encode_body(LINK)


def _with(*hubs: HubAddress) -> InvitationLink:
    return InvitationLink(locator=LINK.locator, host=LINK.host, secret=LINK.secret, hubs=hubs)


def _app(body: bytes) -> str:
    return "horizon://join/" + base64.urlsafe_b64encode(body).rstrip(b"=").decode()


def _key_of(text: str) -> str:
    with pytest.raises(InviteRefused) as refused:
        parse_link(text)
    return refused.value.key


@given(links)
def test_decode_undoes_encode(link: InvitationLink) -> None:
    read = parse_link(app_link(link))
    assert read.hubs == link.hubs[: len(read.hubs)]
    assert (read.locator, read.host, read.secret) == (link.locator, link.host, link.secret)
    assert encode_body(read) == encode_body(link)


@given(links)
def test_a_web_link_names_the_same_invite(link: InvitationLink) -> None:
    text = web_link(link)
    assert text == "" or parse_link(text) == parse_link(app_link(link))


@given(st.binary(max_size=400))
def test_any_body_is_a_link_or_raises_one_error(body: bytes) -> None:
    try:
        link = parse_body(body)
    except InviteRefused:
        return
    assert encode_body(link) == body


@given(st.text(max_size=80) | st.binary(max_size=80).map(_app))
def test_any_text_is_a_link_or_raises_one_error(text: str) -> None:
    with suppress(InviteRefused):
        assert 1 <= len(parse_link(text).hubs) <= 6


def test_six_lan_hubs_with_pins_fit_into_a_link() -> None:
    hubs = [HubAddress(host=f"192.168.100.1{n}0", port=57443, pin=b"p" * 16) for n in range(6)]
    assert len(parse_link(app_link(_with(*hubs))).hubs) == 6


def test_hubs_that_do_not_fit_are_left_out_from_the_end() -> None:
    hubs = [HubAddress(host="a" * 100 + str(n), port=7443) for n in range(6)]
    read = parse_link(app_link(_with(*hubs)))
    assert read.hubs == tuple(hubs[:2])
    assert len(web_link(_with(*hubs))) <= MAX_LINK_CHARS


def test_a_hub_that_cannot_fit_is_told() -> None:
    with pytest.raises(UsageError):
        app_link(_with(HubAddress(host="a" * 240, port=1)))


def test_an_embedded_hub_has_no_web_link() -> None:
    assert web_link(_with(HubAddress(host="192.168.1.2", port=7443, pin=b"p" * 16))) == ""


def test_white_space_around_a_pasted_link_is_ignored() -> None:
    assert parse_link(f" \t{app_link(LINK)}\r\n") == parse_link(app_link(LINK))


@pytest.mark.parametrize("version", [0, 2, 255])
def test_another_version_is_told_apart(version: int) -> None:
    assert _key_of(_app(bytes([version]) + BODY[1:])) == "invite.version"
    assert _key_of(_app(bytes([version]))) == "invite.version"


def test_a_flag_of_a_later_version_is_told_apart() -> None:
    assert _key_of(_app(BODY[:1] + b"\x80" + BODY[2:])) == "invite.version"


@pytest.mark.parametrize("cut", range(1, len(BODY)))
def test_a_link_that_is_cut_off_is_bad(cut: int) -> None:
    assert _key_of(_app(BODY[:cut])) == "invite.bad"


@pytest.mark.parametrize(
    "hub",
    [
        b"\x00\x00",
        b"\x02\x0ahost:74431",
        b"\x00\x04host",
        b"\x00\x06host:0",
        b"\x00\x0ahost:70000",
        b"\x00\x09host:0443",
        b"\x00\x0bho st:74431",
        b"\x00\x0a-host:7443",
        b"\x00\x0b[1.2.3.4]:1",
        b"\x00\x08[::g]:44",
        b"\x00\x0ahost\n:7443",
    ],
)
def test_a_hub_that_is_no_host_and_port_is_bad(hub: bytes) -> None:
    with pytest.raises(InviteRefused):
        parse_body(BODY[:66] + b"\x01" + hub)


@pytest.mark.parametrize("count", [0, 7])
def test_a_link_names_one_to_six_hubs(count: int) -> None:
    with pytest.raises(InviteRefused):
        parse_body(BODY[:66] + bytes([count]) + b"\x00\x06host:1" * count)


def test_base64_with_stray_bits_is_bad() -> None:
    text = app_link(LINK)
    padding = -len(text.removeprefix("horizon://join/")) % 4
    assert padding
    last = text[-1]
    changed = chr(ord(last) + 1) if last not in "Zz9_-" else "B"
    assert _key_of(text[:-1] + changed) == "invite.bad"


def test_a_web_link_whose_halves_differ_is_bad() -> None:
    other = InvitationLink(locator=Locator(b"x" * 16), host=LINK.host, secret=LINK.secret, hubs=LINK.hubs)
    front, _ = web_link(LINK).split("#")
    _, back = web_link(other).split("#")
    assert _key_of(f"{front}#{back}") == "invite.bad"


def test_an_ipv6_hub_keeps_its_brackets() -> None:
    link = _with(HubAddress(host="2001:db8::1", port=7443))
    assert link.hubs[0].authority == "[2001:db8::1]:7443"
    assert parse_link(app_link(link)).hubs == link.hubs


def test_an_invite_is_named_by_the_first_letters_of_its_locator() -> None:
    assert invite_name(Locator(bytes(16))) == "0000"
    assert invite_name(Locator(b"\xff" * 16)) == "ZZZZ"


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "x.localhost", "0.0.0.0", "fe80::1", "169.254.3.4"])
def test_an_address_that_others_cannot_reach_does_not_stand_in_a_link(host: str) -> None:
    assert isinstance(may_stand_in_link(host), Deny)


@pytest.mark.parametrize("host", ["192.168.1.2", "2001:db8::1", "hub.example.org", "fd00::5"])
def test_an_address_that_others_may_reach_stands_in_a_link(host: str) -> None:
    assert may_stand_in_link(host) == Allow()


def test_a_link_does_not_show_its_secret() -> None:
    assert repr(LINK) == f"InvitationLink({invite_name(LINK.locator)})"
