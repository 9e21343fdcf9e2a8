"""Every error of the tree has its status for gRPC and HTTP, its exit status, and its sentence in window and shell."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from horizon_desktop.cli.texts import SENTENCES
from horizon_desktop.errors import (
    KEY_STATUSES,
    STATUSES,
    AccessRefused,
    GrpcStatus,
    HorizonError,
    HubBusy,
    HubPinMismatch,
    InviteRefused,
    Unreachable,
    UsageError,
)
from horizon_desktop.presentation.wording import WORDINGS
from horizon_desktop.widgets.texts import TEXTS

ROOT = Path(__file__).resolve().parents[2] / "horizon_desktop"


def below(kind: type[HorizonError]) -> Iterator[type[HorizonError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from below(child)


TREE = sorted({kind for kind in below(HorizonError) if kind.__module__ == HorizonError.__module__}, key=repr)


def test_every_class_of_the_tree_stands_in_the_one_table() -> None:
    assert set(STATUSES) == set(TREE)


def test_no_exception_of_ours_lives_outside_the_tree() -> None:
    strays = [
        f"{path.name}: {name}"
        for path in ROOT.rglob("*.py")
        if path.name != "errors.py"
        for name in re.findall(r"^class (\w+)\((?:\w*Error|Exception|Unreachable|AccessRefused)\)", path.read_text())
    ]
    assert strays == []


@pytest.mark.parametrize("kind", TREE)
def test_every_class_has_a_sentence_in_the_window_and_in_the_shell(kind: type[HorizonError]) -> None:
    assert kind.code in SENTENCES
    assert kind.code in WORDINGS
    assert kind.code in TEXTS


@pytest.mark.parametrize("key", sorted(KEY_STATUSES))
def test_every_key_with_a_status_of_its_own_has_a_sentence(key: str) -> None:
    assert key in SENTENCES


@pytest.mark.parametrize("status", sorted({*STATUSES.values(), *KEY_STATUSES.values()}))
def test_what_is_our_side_for_one_protocol_is_so_for_the_other(status: tuple[GrpcStatus, int, bool]) -> None:
    ours = {GrpcStatus.INTERNAL, GrpcStatus.UNAVAILABLE}
    grpc, http, _ = status
    assert 400 <= http < 600
    assert grpc not in ours or http >= 500


@pytest.mark.parametrize("kind", TREE)
def test_what_may_be_tried_again_is_an_absence_or_a_limit(kind: type[HorizonError]) -> None:
    passing = {GrpcStatus.UNAVAILABLE, GrpcStatus.RESOURCE_EXHAUSTED}
    assert kind().is_retriable is STATUSES[kind].is_retriable
    assert not kind().is_retriable or kind().status.grpc in passing


def test_a_key_says_more_than_its_class() -> None:
    assert UsageError("", code="peer.unknown").status.http == 404
    assert UsageError().status.http == 400
    assert InviteRefused("", code="invite.expired").status.http == 410
    assert AccessRefused("", code="host.away").is_retriable
    assert not AccessRefused().is_retriable


def test_an_absence_may_pass_and_a_wrong_key_does_not() -> None:
    assert Unreachable().is_retriable
    assert HubBusy().is_retriable
    assert not HubPinMismatch().is_retriable


def test_a_class_made_elsewhere_answers_like_the_nearest_of_the_tree() -> None:
    class Odd(InviteRefused):
        pass

    status = Odd("", code="some.key").status
    assert status == STATUSES[InviteRefused]
