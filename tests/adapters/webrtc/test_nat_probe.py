"""STUN servers are asked from one socket; what they say, and that they say nothing, is told apart."""

import socket
import struct

import pytest
from aioice import stun

from horizon_desktop.adapters.webrtc.nat_probe import StunNatProbe
from horizon_desktop.domain.collaboration.findings import Server, StunAnswer, UdpOutcome
from horizon_desktop.domain.collaboration.nat import NatKind, kind_of_nat
from tests.fakes.stun_server import StunServer

PROBE = StunNatProbe()


async def ask(*servers: StunServer) -> tuple[StunAnswer, ...]:
    return await PROBE.ask([Server(host=server.address[0], port=server.address[1]) for server in servers])


async def test_both_servers_see_one_socket() -> None:
    with StunServer() as one, StunServer() as other:
        first, second = await ask(one, other)
    assert first.outcome is second.outcome is UdpOutcome.ANSWERED
    assert first.mapped == second.mapped == first.local
    assert kind_of_nat((first, second)) is NatKind.OPEN


async def test_one_public_port_for_two_addresses_is_a_cone() -> None:
    with (
        StunServer(lambda _: ("203.0.113.7", 40_000)) as one,
        StunServer(lambda _: ("203.0.113.7", 40_000), address="127.0.0.2") as other,
    ):
        assert kind_of_nat(await ask(one, other)) is NatKind.CONE


async def test_another_public_port_for_each_server_is_symmetric() -> None:
    with StunServer(lambda _: ("203.0.113.7", 40_000)) as one, StunServer(lambda _: ("203.0.113.7", 40_001)) as other:
        assert kind_of_nat(await ask(one, other)) is NatKind.SYMMETRIC


async def test_a_server_that_says_nothing_is_silent_and_hides_no_other() -> None:
    with StunServer(lambda _: None) as mute, StunServer() as other:
        first, second = await ask(mute, other)
    assert (first.outcome, second.outcome) == (UdpOutcome.SILENT, UdpOutcome.ANSWERED)


async def test_a_port_where_nobody_listens_refuses() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    (answer,) = await PROBE.ask([Server(host="127.0.0.1", port=port)])
    assert answer.outcome is UdpOutcome.REFUSED


async def test_a_name_without_an_address_is_told() -> None:
    (answer,) = await PROBE.ask([Server(host="stun.example", port=3478)])
    assert answer.outcome is UdpOutcome.NAME


async def test_no_servers_are_no_answers() -> None:
    assert await PROBE.ask([]) == ()


def foreign_answer(attributes: bytes) -> bytes:
    return struct.pack("!HHI", 0x0101, len(attributes), 0x2112A442) + bytes(12) + attributes


@pytest.mark.parametrize(
    "noise",
    [
        b"",
        b"hello",
        bytes(20),
        foreign_answer(b""),
        foreign_answer(struct.pack("!HH", 0x0020, 1) + b"\x00\x00\x00\x00"),
        foreign_answer(struct.pack("!HHBBH", 0x0020, 8, 0, 9, 1) + b"\x01\x02\x03\x04"),
        foreign_answer(struct.pack("!HH", 0x0009, 0)),
        bytes(
            stun.Message(
                stun.Method.BINDING,
                stun.Class.RESPONSE,
                transaction_id=b"somebodyelse",
                attributes={"XOR-MAPPED-ADDRESS": ("9.9.9.9", 9)},
            )
        ),
    ],
    ids=["nothing", "words", "zeros", "empty", "short", "family", "error", "another question"],
)
async def test_what_answers_no_question_of_ours_is_passed_over(noise: bytes) -> None:
    with StunServer(noise=(noise,)) as server:
        (answer,) = await ask(server)
    assert answer.outcome is UdpOutcome.ANSWERED
    assert answer.mapped == answer.local
