"""The command world as a fixture."""

import pytest

from tests.cli.command_world import World


@pytest.fixture
def world() -> World:
    return World()
