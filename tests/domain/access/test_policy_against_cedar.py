"""10 000 random decisions, ours and Cedar's: not one differs. Every policy goes through a file of YAML first."""

import json
import random
from pathlib import Path

import cedarpy
import pytest

from horizon_desktop.adapters.policy_files.policy_yaml import YamlPolicyFiles
from horizon_desktop.domain.access.policy_engine import PolicySet
from tests.domain.access.cedar_oracle import cedar_request, cedar_text, draw_policies, draw_request

SETS = 200
REQUESTS = 50
DECISIONS = 10_000


@pytest.mark.slow
def test_ten_thousand_random_decisions_are_those_of_cedar(tmp_path: Path) -> None:
    files = YamlPolicyFiles()
    decided = allowed = missing = 0
    for seed in range(SETS):
        chance = random.Random(seed)
        policies = draw_policies(chance, chance.choice((1, 5, 20, 60)))
        path = tmp_path / f"{seed}.yaml"
        path.write_text(files.write(policies), encoding="utf-8")
        reading = files.read(str(path))
        assert reading.problems == ()
        ours = PolicySet(reading.policies)
        cedar = cedarpy.PolicySet.from_str("\n".join(cedar_text(policy) for policy in policies))
        requests = [draw_request(chance) for _ in range(REQUESTS)]
        asked = [cedar_request(request) for request in requests]
        entities = {json.dumps(entity["uid"]): entity for _, each in asked for entity in each}
        answers = cedarpy.is_authorized_batch([question for question, _ in asked], cedar, list(entities.values()))
        for request, theirs in zip(requests, answers, strict=True):
            assert theirs.diagnostics.errors == [], (seed, request)
            verdict = ours.decide(request)
            assert verdict.is_allowed == theirs.allowed, (seed, request, verdict, theirs.diagnostics.reasons)
            decided += 1
            allowed += verdict.is_allowed
            missing += len(request.attributes) < 8
    assert decided == DECISIONS
    assert min(allowed, decided - allowed) > DECISIONS // 10  # a comparison of nothing but denials would show little
    assert missing > DECISIONS // 5
