"""HORIZON_STUN names the STUN servers, and says so when it cannot be read."""

import pytest

from horizon_desktop.adapters.webrtc.stun_probe import StunServer
from horizon_desktop.errors import UsageError
from horizon_desktop.main.stun import stun_servers


def test_no_server_is_asked_when_none_is_named() -> None:
    assert stun_servers({}) == ()
    assert stun_servers({"HORIZON_STUN": " , "}) == ()


def test_servers_are_asked_in_the_order_they_are_named_and_the_port_may_be_left_out() -> None:
    named = stun_servers({"HORIZON_STUN": "203.0.113.10:19302, stun.example.org"})
    assert named == (StunServer(host="203.0.113.10", port=19302), StunServer(host="stun.example.org", port=3478))


@pytest.mark.parametrize("text", ["a b:1", "host:0", "host:70000", "host:x", "stun:host:1", "[::1]:1", "a,b,c,d,e"])
def test_what_is_no_list_of_servers_is_said(text: str) -> None:
    with pytest.raises(UsageError) as told:
        stun_servers({"HORIZON_STUN": text})
    assert told.value.key == "stun.servers"
