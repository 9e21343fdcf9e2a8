"""Attack 20: what arrives as a link is read by one strict expression and does nothing by itself."""

import random
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from horizon_desktop.domain.access.invitation import app_link, parse_link, web_link
from horizon_desktop.errors import InviteRefused
from tests.protocol.redemption_world import LINK

SEED = 20_261_121
COUNT = 10_000
HOSTILE = [
    "", " ", "\"", "'", "`", "$(id)", ";", "|", "&", "\n", "\r", "\x00", "--exec", "--", "-c", "\\\\evil\\share",
    "//evil/share", "file:///etc/passwd", "..%2f..", "%00", "%20", "javascript:", "\u202e", "\u200b", "\uff03",
    "\uff48", "@evil.example", "?x=1", "#", "##", "horizon://", "https://", "/join/", "HORIZON://JOIN/",
    "horizon:join/", "ftp://", " horizon://join/", "===", "A" * 600,
]  # fmt: skip
GOOD = (app_link(LINK), web_link(LINK))


def _fuzzed(rng: random.Random) -> str:
    text = rng.choice(GOOD)
    for _ in range(rng.randint(1, 4)):
        at = rng.randint(0, len(text))
        cut = rng.randint(0, 3)
        text = text[:at] + rng.choice(HOSTILE) + text[at + cut :]
    return text


@pytest.fixture
def effects() -> Iterator[list[str]]:
    """Every process start, file opening and connection that the interpreter reports while the test runs."""
    seen: list[str] = []
    watched = (
        "subprocess.Popen",
        "os.system",
        "os.exec",
        "os.posix_spawn",
        "os.startfile",
        "open",
        "socket.",
        "import",
    )
    is_on = [True]

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if is_on[0] and event.startswith(watched):
            seen.append(event)

    sys.addaudithook(hook)
    yield seen
    is_on[0] = False


def test_ten_thousand_hostile_links_have_no_effect_but_one_error(effects: list[str]) -> None:
    rng = random.Random(SEED)
    texts = [_fuzzed(rng) for _ in range(COUNT)]
    read = 0
    effects.clear()
    for text in texts:
        with suppress(InviteRefused):
            link = parse_link(text)
            assert link.host == LINK.host or len(link.host) == 32
            read += 1
    assert effects == []
    assert read < COUNT / 5


@pytest.mark.parametrize(
    "make",
    [
        lambda link: link + " --exec=calc",
        lambda link: "--" + link,
        lambda link: link.replace("horizon://join/", "horizon://join/../"),
        lambda link: link.replace("horizon://join/", "horizon://join//"),
        lambda link: link.replace("horizon://", "HORIZON://"),
        lambda link: link + "?code=7Q4MKX2A",
        lambda link: link + "#7Q4MKX2A",
        lambda link: link + "%20",
        lambda link: "https://hub.example.org/join/" + link.removeprefix("horizon://join/"),
        lambda link: "\\\\evil\\" + link,
        lambda link: link + "\x00",
        lambda link: link[:40] + "\n" + link[40:],
        lambda link: link + "=" * 4,
        lambda link: link.ljust(513, "A"),
    ],
)
def test_what_is_almost_a_link_is_none(make: Callable[[str], str]) -> None:
    with pytest.raises(InviteRefused):
        parse_link(make(app_link(LINK)))


@pytest.mark.parametrize(
    "authority",
    [
        "user@hub.example.org",
        "hub.example.org:port",
        "hub example",
        "[::1",
        "hub.example.org:7443:1",
        "",
        "hub/evil",
        "hüb.example",
    ],
)
def test_a_web_link_names_a_plain_host(authority: str) -> None:
    with pytest.raises(InviteRefused):
        parse_link(web_link(LINK).replace("hub.example.org:7443", authority))


def test_the_host_of_a_web_link_is_never_taken_for_a_hub() -> None:
    moved = web_link(LINK).replace("hub.example.org:7443", "evil.example")
    assert parse_link(moved).hubs == LINK.hubs
