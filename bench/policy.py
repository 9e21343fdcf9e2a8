"""Microseconds for each policy decision at 10, 100 and 1000 policies, beside Cedar (cedarpy, parsed once), in turn.

Policies and requests are those of the differential test: every operator, both answers, attributes that are missing.
Reading is measured too: from YAML text to a set that is ready to be asked.
"""

import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import cedarpy

from horizon_desktop.adapters.policy_files.policy_yaml import YamlPolicyFiles
from horizon_desktop.adapters.policy_files.strict_yaml import read_documents
from horizon_desktop.domain.access.policy import PolicyRequest
from horizon_desktop.domain.access.policy_document import read_policy
from horizon_desktop.domain.access.policy_engine import PolicySet
from tests.domain.access.cedar_oracle import cedar_request, cedar_text, draw_policies, draw_request

SIZES: Final = (10, 100, 1000)
REQUESTS: Final = 400
ROUNDS: Final = 7
"""Both engines take turns, so that a busy moment of the machine meets both."""


def single_calls(ask: Callable[[int], object]) -> list[float]:
    """Return the microseconds of each of the requests."""
    took = []
    for number in range(REQUESTS):
        start = time.perf_counter_ns()
        ask(number)
        took.append((time.perf_counter_ns() - start) / 1000)
    return took


def main() -> None:
    """Print one line for each number of policies."""
    columns = ("policies", "ours: median", "p99", "Cedar: median", "p99", "ratio", "YAML to ready")
    print(" ".join(f"{column:>14}" for column in columns))
    for size in SIZES:
        chance = random.Random(size)
        policies = draw_policies(chance, size)
        requests: list[PolicyRequest] = [draw_request(chance) for _ in range(REQUESTS)]
        text = YamlPolicyFiles().write(policies).encode()
        start = time.perf_counter()
        read = [read_policy(document.data)[0] for document in documents(text)]
        ours = PolicySet(policy for policy in read if policy is not None)
        ready_ms = (time.perf_counter() - start) * 1000
        cedar = cedarpy.PolicySet.from_str("\n".join(cedar_text(policy) for policy in policies))
        asked = [cedar_request(request) for request in requests]

        def ask_ours(number: int, held: PolicySet = ours, wanted: list[PolicyRequest] = requests) -> object:
            return held.decide(wanted[number])

        def ask_cedar(number: int, held: object = cedar, wanted: list[object] = asked) -> object:
            request, entities = wanted[number]
            return cedarpy.is_authorized(request, held, entities)

        single_calls(ask_ours)
        mine: list[float] = []
        theirs: list[float] = []
        for _ in range(ROUNDS):
            mine += single_calls(ask_ours)
            theirs += single_calls(ask_cedar)
        ratio = statistics.median(theirs) / statistics.median(mine)
        figures = (*(f"{figure:.1f} us" for each in (mine, theirs) for figure in (statistics.median(each), p99(each))),)
        row = (str(size), *figures, f"{ratio:.0f}x", f"{ready_ms:.0f} ms")
        print(" ".join(f"{cell:>14}" for cell in row))


def documents(text: bytes) -> list[object]:
    """Return the documents of a text; a large one in pieces that a policy file may have."""
    found: list[object] = []
    piece: list[bytes] = []
    for each in text.split(b"---\n"):
        piece.append(each)
        if sum(map(len, piece)) > 200_000:
            found += read_documents(b"---\n".join(piece))
            piece = []
    return found + read_documents(b"---\n".join(piece))


def p99(took: list[float]) -> float:
    """Return the 99th percentile."""
    return statistics.quantiles(took, n=100)[98]


if __name__ == "__main__":
    main()
