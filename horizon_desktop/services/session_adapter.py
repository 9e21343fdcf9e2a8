"""EphemeralSessionAdapter: trusts no guest's device by itself; binds it, times it, weighs what speaks against it."""

from collections.abc import Sequence
from typing import Final

import msgspec
import structlog

from horizon_desktop.domain.access.facts import RiskAssessed
from horizon_desktop.domain.access.identity import EphemeralIdentity
from horizon_desktop.domain.access.risk import (
    Assessment,
    Evidence,
    Response,
    RiskLevel,
    RiskRules,
    Signal,
    access_ends,
    assess,
)
from horizon_desktop.domain.decision import Decision, Deny
from horizon_desktop.domain.ids import DeviceKey, peer_id_of
from horizon_desktop.domain.instants import Instant, Tick
from horizon_desktop.ports.bus import Bus
from horizon_desktop.ports.clock import Clock

_log = structlog.get_logger(__name__)

ANSWER_MS: Final = 120_000
"""A host that was asked again and says nothing for two minutes leaves the guest with looking on."""
RATE_PAUSE_MS: Final = 10_000
"""Complaints of a rate within ten seconds of the last one that counted are one burst."""


class _Watched(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one device in this run of the session."""

    evidence: Evidence = Evidence()
    level: RiskLevel = RiskLevel.LOW
    networks: frozenset[str] = frozenset()
    rate_counted_at: Tick | None = None
    answer_by: Tick | None = None
    """Until when the host may answer; None where nothing is asked."""
    identity: EphemeralIdentity | None = None


class EphemeralSessionAdapter:
    """One for each hosted session. Says what a level asks for; `services/risk_watch.py` does it."""

    def __init__(self, *, session_id: str, rules: RiskRules, bus: Bus, clock: Clock) -> None:
        self._session_id = session_id
        self._rules = rules
        self._bus = bus
        self._clock = clock
        self._watched: dict[DeviceKey, _Watched] = {}

    # --- device binding and time ---
    def bind(self, identity: EphemeralIdentity) -> None:
        """Let this identity be used by its one device from now on."""
        self._put(identity.device, identity=identity)

    def admits(self, device: DeviceKey, *, now: Instant) -> Decision:
        """Allow a device that acts for its own live identity and is not at a critical risk.

        Denies with identity.device, identity.state, access.revoked, time.early, time.over or risk.critical.
        """
        watched = self._of(device)
        if watched.level is RiskLevel.CRITICAL:
            return Deny("risk.critical")
        if watched.identity is None:
            return Deny("identity.device")
        opened = watched.identity.window.opens  # our own clock may have been set back since
        return watched.identity.admits(device, now=max(now, opened))

    def access_ends(self, device: DeviceKey, *, wanted: Instant) -> Instant:
        """Return when the next token of a device ends: as wanted, never after its identity."""
        identity = self._of(device).identity
        return wanted if identity is None else access_ends(identity.window.closes, wanted=wanted)

    def forget(self, device: DeviceKey) -> None:
        """The guest has gone for good; what speaks against its device is remembered while the session runs."""
        self._put(device, identity=None, answer_by=None)

    # --- signals ---
    def knocked(self, device: DeviceKey, *, is_known: bool, failed_codes: int) -> Assessment:
        """Weigh a device that had link and right code: a new one, and the wrong codes before it."""
        fresh = Evidence({Signal.NEW_DEVICE: 0 if is_known else 1, Signal.FAILED_CODES: max(0, failed_codes)})
        kept = self._of(device).evidence
        return self._weigh(device, Evidence({**kept.counts, **fresh.counts}))

    def clock_off(self, device: DeviceKey) -> Assessment:
        """Its clock was found more than ten minutes off; counted once."""
        counts = self._of(device).evidence.counts
        return self._weigh(device, Evidence({**counts, Signal.CLOCK_SKEW: 1}))

    def came_from(self, device: DeviceKey, networks: frozenset[str]) -> Assessment:
        """It offers these networks for a direct path; a change is one without any of those before."""
        before = self._of(device)
        evidence = before.evidence
        if before.networks and networks and not before.networks & networks:
            evidence = evidence.with_(Signal.ADDRESS_CHANGE)
        self._put(device, networks=networks or before.networks)
        return self._weigh(device, evidence)

    def over_the_rate(self, device: DeviceKey) -> Assessment:
        """It sent more than its token allows; a burst counts once."""
        watched, now = self._of(device), self._clock.now().tick
        last = watched.rate_counted_at
        if last is not None and now.since(last) < RATE_PAUSE_MS:
            return self.assessment(device)
        self._put(device, rate_counted_at=now)
        return self._weigh(device, watched.evidence.with_(Signal.UNUSUAL_RATE))

    # --- the host's answer ---
    def trust(self, device: DeviceKey) -> Assessment:
        """The host looked into it: everything seen so far counts no more."""
        self._put(device, answer_by=None)
        return self._weigh(device, Evidence())

    def unanswered(self) -> Sequence[DeviceKey]:
        """Return, once, the devices about which the host was asked and did not answer in time."""
        now = self._clock.now().tick
        late = [key for key, seen in self._watched.items() if seen.answer_by is not None and seen.answer_by <= now]
        for device in late:
            self._put(device, answer_by=None)
        return late

    # --- what is known ---
    def assessment(self, device: DeviceKey) -> Assessment:
        """Return the level of a device and why."""
        return assess(self._of(device).evidence, self._rules)

    def level_word(self, device: DeviceKey) -> str:
        """Return low, medium, high or critical, for policies."""
        return self.assessment(device).level.name.lower()

    def network_of(self, device: DeviceKey) -> str | None:
        """Return one network that the device offered, None where all of it goes through a relay."""
        return min(self._of(device).networks, default=None)

    # --- inside ---
    def _weigh(self, device: DeviceKey, evidence: Evidence) -> Assessment:
        before = self._of(device).level
        found = assess(evidence, self._rules)
        self._put(device, evidence=evidence, level=found.level)
        if found.level is before:
            return found
        is_asked = found.response is Response.ASK_HOST
        by = self._clock.now().tick.plus(ANSWER_MS) if is_asked else None
        self._put(device, answer_by=by)
        reasons = tuple(signal.value for signal in found.reasons)
        word = found.level.name.lower()
        _log.info("risk.assessed", peer_id=peer_id_of(device), level=word, points=found.points, reasons=reasons)
        self._bus.publish(
            RiskAssessed(
                session_id=self._session_id,
                peer_id=peer_id_of(device),
                level=word,
                response=found.response.value,
                reasons=reasons,
            )
        )
        return found

    def _of(self, device: DeviceKey) -> _Watched:
        return self._watched.get(device) or _Watched()

    def _put(self, device: DeviceKey, **changes: object) -> None:
        self._watched[device] = msgspec.structs.replace(self._of(device), **changes)
