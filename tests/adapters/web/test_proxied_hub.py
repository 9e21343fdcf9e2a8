"""Hubs behind an HTTP proxy of one's own choice: through it with a login, past it, and what is said when it says no."""

import json
import logging
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from horizon_desktop.adapters.system import SystemClock, SystemEntropy
from horizon_desktop.adapters.web.hub_client import WebHubDialer
from horizon_desktop.adapters.web.hub_probe import WebHubProbe
from horizon_desktop.domain.access.invitation import HubAddress
from horizon_desktop.domain.collaboration.findings import HubOutcome
from horizon_desktop.domain.collaboration.proxy import Proxy, ProxyChoice, parse_proxy
from horizon_desktop.errors import Unreachable
from horizon_desktop.hub.server import Hub
from tests.hub.people import Guest, Host, open_test_hub

CLOCK, ENTROPY = SystemClock(), SystemEntropy()
ROOT = Path(__file__).resolve().parents[3]
LOGIN = "kes trel:ses@me/1"
HOST = Host()


class ProxyProcess:
    """A proxy that runs; what it was asked so far, once it has ended."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        assert process.stdout is not None
        self.port = int(process.stdout.readline())

    def choice(self, login: str = "") -> ProxyChoice:
        user, _, password = login.partition(":")
        proxy = Proxy(host="127.0.0.1", port=self.port, user=user, password=password)
        return parse_proxy(proxy.url)

    def end(self) -> list[dict[str, object]]:
        """End it and return what it was asked."""
        self._process.terminate()
        said, _ = self._process.communicate(timeout=10)
        return [json.loads(line) for line in said.splitlines()]


@contextmanager
def proxy(*words: str) -> Iterator[ProxyProcess]:
    command = [sys.executable, "-m", "tests.network.connect_proxy", "--to", "127.0.0.1", *words]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield ProxyProcess(process)
        finally:
            process.terminate()


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[Hub]:
    async with open_test_hub(tmp_path, clock=CLOCK, entropy=ENTROPY) as opened:
        yield opened


def far(hub: Hub) -> HubAddress:
    """Return the hub by a name that only the proxy can resolve."""
    return msgspec.structs.replace(hub.address("127.0.0.1"), host="hub.example")


async def test_host_and_guest_meet_through_a_proxy_that_wants_a_login(hub: Hub) -> None:
    with proxy("--login", LOGIN) as running:
        choice = running.choice(LOGIN)
        async with WebHubDialer(clock=CLOCK, entropy=ENTROPY, proxy=lambda: choice) as dialer:
            host = await dialer.register(far(hub), HOST.caller, session=HOST.session, session_nonce=HOST.nonce)
            guest = Guest()
            token = HOST.token(guest, now=CLOCK.now().instant)
            member = await dialer.connect(far(hub), guest.caller, session=HOST.session, token=token)
            assert (await anext(host.events())).link == member.link  # type: ignore[union-attr]
        asked = running.end()
    target = far(hub).authority
    assert {(line["target"], line["has_login"], line["status"]) for line in asked} == {(target, True, 200)}


@pytest.mark.parametrize(
    ("words", "login", "code", "outcome"),
    [
        (("--login", LOGIN), "", "proxy.login", HubOutcome.PROXY_LOGIN),
        (("--login", LOGIN), "kes trel:wrong", "proxy.login", HubOutcome.PROXY_LOGIN),
        (("--only-port", "1"), "", "proxy.refused", HubOutcome.PROXY_REFUSED),
    ],
)
async def test_a_proxy_that_says_no_is_named_and_its_password_is_not(
    hub: Hub,
    words: tuple[str, ...],
    login: str,
    code: str,
    outcome: HubOutcome,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    with proxy(*words) as running:
        choice = running.choice(login)
        async with WebHubDialer(clock=CLOCK, entropy=ENTROPY, proxy=lambda: choice) as dialer:
            with pytest.raises(Unreachable) as refused:
                await dialer.register(far(hub), HOST.caller, session=HOST.session, session_nonce=HOST.nonce)
        visit = await WebHubProbe(clock=CLOCK, proxy=lambda: choice).visit(far(hub))
    assert refused.value.key == code
    assert refused.value.values == {"hub": far(hub).authority, "proxy": f"127.0.0.1:{running.port}"}
    assert (visit.outcome, visit.proxy) == (outcome, f"127.0.0.1:{running.port}")
    assert "wrong" not in repr((refused.value, refused.value.values, choice, caplog.text))


async def test_a_proxy_that_is_not_there_is_named(hub: Hub) -> None:
    with proxy() as running:
        choice = running.choice()
        running.end()
    async with WebHubDialer(clock=CLOCK, entropy=ENTROPY, proxy=lambda: choice) as dialer:
        with pytest.raises(Unreachable) as missing:
            await dialer.fetch_preview(far(hub), HOST.locator())
    assert missing.value.key == "proxy.unreachable"


async def test_a_hub_on_this_machine_is_reached_past_the_chosen_proxy(hub: Hub) -> None:
    with proxy() as running:
        choice = running.choice()
        async with WebHubDialer(clock=CLOCK, entropy=ENTROPY, proxy=lambda: choice) as dialer:
            await dialer.register(hub.address("127.0.0.1"), HOST.caller, session=HOST.session, session_nonce=HOST.nonce)
        assert running.end() == []


async def test_a_changed_choice_holds_from_the_next_dial_on(hub: Hub) -> None:
    choices = [ProxyChoice(is_system_used=False)]
    with proxy() as running:
        async with WebHubDialer(clock=CLOCK, entropy=ENTROPY, proxy=lambda: choices[-1]) as dialer:
            with pytest.raises(Unreachable):
                await dialer.fetch_preview(far(hub), HOST.locator())
            choices.append(running.choice())
            assert await dialer.fetch_preview(far(hub), HOST.locator()) is None
