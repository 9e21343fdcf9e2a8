"""What findings mean: the kind of NAT, who can meet directly, and the one cause to look at first."""

import msgspec
import pytest

from horizon_desktop.domain.access.invitation import HubAddress
from horizon_desktop.domain.collaboration.diagnosis import (
    Check,
    Diagnosis,
    Level,
    Verdict,
    best_visit,
    clock_offset_ms,
    diagnose,
)
from horizon_desktop.domain.collaboration.findings import (
    Findings,
    HubOutcome,
    HubVisit,
    Server,
    StunAnswer,
    UdpOutcome,
)
from horizon_desktop.domain.collaboration.nat import Meeting, NatKind, kind_of_nat, meeting
from horizon_desktop.domain.collaboration.redaction import mask_host, redacted
from horizon_desktop.domain.instants import Instant

NOON = Instant(1_795_262_400_000)
HUB = HubAddress(host="hub.example.org", port=443, pin=bytes(range(16)))
HERE = Server(host="192.168.1.7", port=50_000)
PUBLIC = Server(host="198.51.100.9", port=50_000)
OTHER_PORT = Server(host="198.51.100.9", port=50_001)


def answer(mapped: Server | None, address: str, outcome: UdpOutcome = UdpOutcome.ANSWERED) -> StunAnswer:
    server = Server(host=address, port=3478)
    return StunAnswer(server=server, outcome=outcome, address=address, local=HERE, mapped=mapped)


def silent(address: str) -> StunAnswer:
    return answer(None, address, UdpOutcome.SILENT)


OPEN = (answer(HERE, "203.0.113.1"), answer(HERE, "203.0.113.2"))
CONE = (answer(PUBLIC, "203.0.113.1"), answer(PUBLIC, "203.0.113.2"))
SYMMETRIC = (answer(PUBLIC, "203.0.113.1"), answer(OTHER_PORT, "203.0.113.2"))
BLOCKED = (silent("203.0.113.1"), silent("203.0.113.2"))


def visit(outcome: HubOutcome = HubOutcome.REACHED, *, ahead_ms: int = 0, proxy: str = "") -> HubVisit:
    if outcome is not HubOutcome.REACHED:
        return HubVisit(hub=HUB, outcome=outcome, proxy=proxy)
    hub_time = Instant(NOON.ms + 20 - ahead_ms)
    return HubVisit(
        hub=HUB, outcome=outcome, proxy=proxy, asked_at=NOON, answered_at=NOON.plus(40), hub_time=hub_time.plus(-500)
    )


def findings(*visits: HubVisit, answers: tuple[StunAnswer, ...] = CONE, other_ports: bool | None = None) -> Findings:
    return Findings(addresses=("192.168.1.7",), visits=visits, answers=answers, are_other_ports_open=other_ports)


def of(diagnosis: Diagnosis, check: Check) -> Verdict:
    (found,) = [verdict for verdict in diagnosis.verdicts if verdict.check is check]
    return found


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        (OPEN, NatKind.OPEN),
        (CONE, NatKind.CONE),
        (SYMMETRIC, NatKind.SYMMETRIC),
        (BLOCKED, NatKind.BLOCKED),
        ((), NatKind.UNKNOWN),
        ((silent("203.0.113.1"),), NatKind.UNKNOWN),
        ((silent("203.0.113.1"), silent("203.0.113.1")), NatKind.UNKNOWN),
        ((answer(PUBLIC, "203.0.113.1"),), NatKind.UNKNOWN),
        ((answer(PUBLIC, "203.0.113.1"), answer(PUBLIC, "203.0.113.1")), NatKind.UNKNOWN),
        ((answer(PUBLIC, "203.0.113.1"), answer(OTHER_PORT, "203.0.113.1")), NatKind.SYMMETRIC),
        ((answer(PUBLIC, "203.0.113.1"), silent("203.0.113.2")), NatKind.UNKNOWN),
        ((answer(HERE, "203.0.113.1"),), NatKind.OPEN),
        ((answer(None, "203.0.113.1", UdpOutcome.FORBIDDEN),), NatKind.BLOCKED),
        ((answer(None, "203.0.113.1", UdpOutcome.REFUSED), *BLOCKED), NatKind.UNKNOWN),
    ],
)
def test_the_answers_show_the_kind_of_nat(answers: tuple[StunAnswer, ...], kind: NatKind) -> None:
    assert kind_of_nat(answers) is kind


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (NatKind.OPEN, NatKind.OPEN, Meeting.LIKELY),
        (NatKind.OPEN, NatKind.CONE, Meeting.LIKELY),
        (NatKind.OPEN, NatKind.SYMMETRIC, Meeting.LIKELY),
        (NatKind.CONE, NatKind.CONE, Meeting.LIKELY),
        (NatKind.CONE, NatKind.SYMMETRIC, Meeting.UNLIKELY),
        (NatKind.SYMMETRIC, NatKind.SYMMETRIC, Meeting.UNLIKELY),
        (NatKind.BLOCKED, NatKind.OPEN, Meeting.NO),
        (NatKind.BLOCKED, NatKind.UNKNOWN, Meeting.NO),
        (NatKind.UNKNOWN, NatKind.OPEN, Meeting.UNKNOWN),
        (NatKind.UNKNOWN, NatKind.UNKNOWN, Meeting.UNKNOWN),
    ],
)
def test_two_kinds_meet_alike_from_either_side(one: NatKind, other: NatKind, expected: Meeting) -> None:
    assert meeting(one, other) is meeting(other, one) is expected


@pytest.mark.parametrize(
    ("found", "cause", "path"),
    [
        (findings(visit(), answers=OPEN), "fine", "direct"),
        (findings(visit(), answers=CONE), "fine", "direct"),
        (findings(visit(), answers=SYMMETRIC), "nat.symmetric", "relay"),
        (findings(visit(), answers=BLOCKED, other_ports=True), "firewall.udp", "relay"),
        (findings(visit(), answers=BLOCKED), "firewall.udp", "relay"),
        (findings(visit(), answers=BLOCKED, other_ports=False), "firewall.only_443", "relay"),
        (findings(visit(proxy="proxy:3128"), answers=BLOCKED, other_ports=False), "firewall.only_proxy", "relay"),
        (findings(answers=BLOCKED, other_ports=False), "firewall.all", "unknown"),
        (findings(visit(), answers=()), "partly", "relay"),
        (findings(answers=CONE), "partly", "direct"),
        (findings(answers=()), "partly", "unknown"),
        (findings(visit(), answers=(silent("203.0.113.1"),)), "udp.silent", "relay"),
        (findings(visit(), answers=(answer(None, "", UdpOutcome.REFUSED),)), "udp.no_server", "relay"),
        (findings(visit(), answers=(answer(None, "", UdpOutcome.NO_ROUTE),)), "udp.no_route", "relay"),
        (
            Findings(
                addresses=("2001:db8::7",), visits=(visit(),), answers=(answer(None, "", UdpOutcome.NO_ROUTE),) * 2
            ),
            "udp.ipv6_only",
            "relay",
        ),
        (findings(visit(), answers=(answer(None, "", UdpOutcome.NAME),)), "udp.name", "relay"),
        (findings(visit(), answers=(answer(None, "", UdpOutcome.FORBIDDEN),)), "firewall.local", "relay"),
        (findings(visit(ahead_ms=60_000)), "clock.ahead", "direct"),
        (findings(visit(ahead_ms=-90_000)), "clock.behind", "direct"),
        (findings(visit(ahead_ms=59_000)), "fine", "direct"),
        (findings(visit(HubOutcome.DRAINING)), "hub.draining", "direct"),
    ],
)
def test_the_cause_is_the_one_thing_to_look_at_first(found: Findings, cause: str, path: str) -> None:
    diagnosis = diagnose(found)
    assert (diagnosis.cause, diagnosis.path) == (cause, path)


@pytest.mark.parametrize(
    ("outcome", "cause"),
    [
        (HubOutcome.OTHER_SERVER, "hub.other"),
        (HubOutcome.NAME, "hub.name"),
        (HubOutcome.REFUSED, "hub.refused"),
        (HubOutcome.SILENT, "hub.silent"),
        (HubOutcome.NO_ROUTE, "hub.no_route"),
        (HubOutcome.FORBIDDEN, "hub.forbidden"),
        (HubOutcome.PROXY_UNREACHABLE, "proxy.unreachable"),
        (HubOutcome.PROXY_LOGIN, "proxy.login"),
        (HubOutcome.PROXY_REFUSED, "proxy.refused"),
        (HubOutcome.PIN, "tls.pin"),
        (HubOutcome.CERTIFICATE, "tls.certificate"),
        (HubOutcome.CERTIFICATE_DATE, "tls.date"),
        (HubOutcome.TLS_OLD, "tls.old"),
        (HubOutcome.TLS_CUT, "tls.cut"),
    ],
)
@pytest.mark.parametrize("answers", [CONE, BLOCKED, SYMMETRIC, ()])
def test_a_hub_out_of_reach_goes_before_everything_about_paths(
    outcome: HubOutcome, cause: str, answers: tuple[StunAnswer, ...]
) -> None:
    diagnosis = diagnose(findings(visit(outcome), answers=answers))
    assert (diagnosis.cause, diagnosis.path) == (cause, "none")
    assert diagnosis.advice


@pytest.mark.parametrize("outcome", HubOutcome)
def test_every_check_has_one_verdict_in_its_order(outcome: HubOutcome) -> None:
    diagnosis = diagnose(findings(visit(outcome)))
    assert [verdict.check for verdict in diagnosis.verdicts] == list(Check)


def test_a_machine_without_a_network_is_told_that_first() -> None:
    found = msgspec.structs.replace(findings(visit(HubOutcome.NO_ROUTE), answers=()), addresses=())
    assert diagnose(found).cause == "network.none"


@pytest.mark.parametrize(
    ("answers", "peer", "cause", "path"),
    [
        (CONE, NatKind.CONE, "fine", "direct"),
        (CONE, NatKind.SYMMETRIC, "pair.unlikely", "relay"),
        (CONE, NatKind.BLOCKED, "pair.no", "relay"),
        (SYMMETRIC, NatKind.OPEN, "nat.symmetric", "direct"),
        (OPEN, NatKind.SYMMETRIC, "fine", "direct"),
        (OPEN, NatKind.UNKNOWN, "partly", "relay"),
    ],
)
def test_the_other_sides_kind_decides_about_the_pair(
    answers: tuple[StunAnswer, ...], peer: NatKind, cause: str, path: str
) -> None:
    diagnosis = diagnose(findings(visit(), answers=answers), peer=peer)
    assert (diagnosis.cause, diagnosis.path) == (cause, path)


def test_one_hub_that_answers_is_enough() -> None:
    visits = (visit(HubOutcome.SILENT), visit(HubOutcome.PIN), visit())
    assert best_visit(visits) == visits[2]
    assert of(diagnose(findings(*visits)), Check.HUB).level is Level.GOOD


def test_the_clocks_offset_counts_half_the_way_and_half_a_second() -> None:
    assert clock_offset_ms(visit(ahead_ms=1234)) == 1234
    assert clock_offset_ms(visit(HubOutcome.SILENT)) is None


@pytest.mark.parametrize(("ahead_ms", "minutes"), [(60_000, 1), (60_001, 2), (-180_000, 3)])
def test_a_wrong_clock_is_told_in_whole_minutes(ahead_ms: int, minutes: int) -> None:
    assert of(diagnose(findings(visit(ahead_ms=ahead_ms))), Check.CLOCK).values == {"n": minutes}


@pytest.mark.parametrize(
    ("host", "masked"),
    [
        ("198.51.100.9", "198.51.x.x"),
        ("2001:db8:1::9", "2001:0db8:x"),
        ("fe80::1%eth0", "fe80:0000:x"),
        ("hub.example.org", "h….e….org"),
        ("workstation", "w…"),
        ("", "…"),
    ],
)
def test_a_host_is_masked(host: str, masked: str) -> None:
    assert mask_host(host) == masked


def test_the_report_holds_no_whole_address_name_or_key() -> None:
    found = findings(visit(proxy="10.20.30.40:3128"), visit(HubOutcome.PIN), answers=CONE)
    report = redacted(found, diagnose(found), at=NOON, version="1", system="Linux")
    text = msgspec.json.encode(report).decode()
    for whole in ("192.168.1.7", "198.51.100.9", "203.0.113.1", "10.20.30.40", "hub.example.org", HUB.pin.hex()):
        assert whole not in text
    assert '"cause":"fine"' in text and ":50000" in text and HUB.pin.hex()[:8] in text
