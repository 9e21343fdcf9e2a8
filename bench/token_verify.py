"""How long it takes to verify and parse a token (goal: median below 100 us; SPEC section 4), beside the bare floor."""

import statistics
import time
from collections.abc import Callable

from horizon_desktop.crypto.keys import DeviceKeyPair
from horizon_desktop.crypto.pake import GuestPake, answer_pake, password_of
from horizon_desktop.crypto.signing import sign, verify
from horizon_desktop.domain.access.capability import Role, role_capabilities
from horizon_desktop.domain.access.derivation import session_id_of
from horizon_desktop.domain.access.token import EphemeralToken, RelayRights, issue_token, parse_token
from horizon_desktop.domain.ids import DeviceKey
from horizon_desktop.domain.instants import Instant

CALLS = 3000
WARM_UP = 200


def timed(work: Callable[[], object], *, calls: int = CALLS) -> tuple[float, float]:
    """Return median and 99th percentile of single calls, in microseconds."""
    took: list[float] = []
    for number in range(calls + WARM_UP):
        start = time.perf_counter_ns()
        work()
        if number >= WARM_UP:
            took.append((time.perf_counter_ns() - start) / 1000)
    return statistics.median(took), statistics.quantiles(took, n=100)[98]


def main() -> None:
    """Print one line for each figure."""
    host = DeviceKeyPair.from_seed(b"h" * 32)
    issued = Instant(1_790_000_000_000)
    claims = EphemeralToken(
        jti=b"j" * 16,
        issuer=host.key,
        session=session_id_of(host.key, b"n" * 16),
        guest=DeviceKey(b"g" * 32),
        issued_at=issued,
        not_before=issued,
        expires_at=issued.plus(600_000),
        capabilities=role_capabilities(Role.EDITOR),
        relay=RelayRights(targets=(host.key,)),
        epoch=0,
    )
    signed = issue_token(claims, host)
    message, signature = bytes(300), sign(b"h" * 32, bytes(300))
    rows = {
        f"token verify and parse ({len(signed.raw)} bytes)": timed(lambda: parse_token(signed.raw, issuer=host.key)),
        "floor: bare Ed25519 check of 300 bytes": timed(lambda: verify(host.key, message, signature)),
        "token ask (expiry, epoch, session, device)": timed(
            lambda: claims.admits(session=claims.session, guest=claims.guest, epoch=0, now=issued)
        ),
        "token issue (sign, then read back)": timed(lambda: issue_token(claims, host), calls=500),
    }
    sides = {"guest": bytes(claims.guest), "host": bytes(host.key), "locator": bytes(16)}
    password = password_of(b"s" * 16, "7Q4MKX2")
    guest = GuestPake.begin(password, **sides, entropy=b"1" * 64)
    rows["PAKE, host's side"] = timed(
        lambda: answer_pake(password, guest.message, **sides, entropy=b"2" * 64), calls=40
    )
    for name, (median, worst) in rows.items():
        print(f"{name:52} median {median:9.1f} us   p99 {worst:9.1f} us")


if __name__ == "__main__":
    main()
