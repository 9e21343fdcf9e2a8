"""Checkup: how a front asks for a check of the network, and what it gets to show."""

from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec

from horizon_desktop.domain.access.invitation import HubAddress, parse_link
from horizon_desktop.domain.collaboration.diagnosis import Diagnosis
from horizon_desktop.domain.collaboration.nat import NatKind
from horizon_desktop.domain.collaboration.reach import parse_hub_urls
from horizon_desktop.domain.collaboration.redaction import RedactedReport, redacted
from horizon_desktop.ports.clock import Clock
from horizon_desktop.services.doctor import Doctor


class CheckupView(msgspec.Struct, frozen=True, kw_only=True):
    """What a check told."""

    diagnosis: Diagnosis
    """For the person at this machine: with whole names."""
    report: RedactedReport
    """For whoever is to help them."""


class Checkup(Protocol):
    """Needs no profile, no key and no running session. Raises HorizonError and nothing else."""

    async def check(self, target: str, *, peer: NatKind | None = None) -> CheckupView:
        """Check the way to a hub (URL), to the hubs of an invite (its link), or, with an empty text, to neither.

        Of a link only its hubs are used: nothing of the invite leaves this machine.

        Raises:
            UsageError: the text is neither URL nor link (hub.url). InviteRefused: it is a broken link.
        """
        ...


class LocalCheckup:
    """The Checkup of this machine."""

    def __init__(
        self,
        doctor: Doctor,
        *,
        clock: Clock,
        version: str,
        system: str,
        prepare: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """Keep what a check needs; `prepare` is awaited before each one: it takes up settings that have changed."""
        self._doctor = doctor
        self._clock = clock
        self._version = version
        self._system = system
        self._prepare = prepare

    async def check(self, target: str, *, peer: NatKind | None = None) -> CheckupView:
        if self._prepare is not None:
            await self._prepare()
        findings, diagnosis = await self._doctor.examine(hubs_named(target), peer=peer)
        report = redacted(
            findings,
            diagnosis,
            at=self._clock.now().instant,
            version=self._version,
            system=self._system,
        )
        return CheckupView(diagnosis=diagnosis, report=report)


def hubs_named(target: str) -> tuple[HubAddress, ...]:
    """Return the hubs that a person names by URLs, best first, or by a link. Raises UsageError, InviteRefused."""
    text = target.strip()
    if not text:
        return ()
    if text.startswith("horizon:") or "/join/" in text:
        return parse_link(text).hubs
    return parse_hub_urls(text)
