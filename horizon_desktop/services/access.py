"""Tokens of a hosted session: issued, renewed, voided; and the list that tells the hub (PROTOCOL section 4)."""

from collections.abc import Mapping
from typing import Final

import msgspec

from horizon_desktop.crypto.keys import DeviceKeyPair
from horizon_desktop.domain.access.capability import CapabilitySet, Rate, Role, role_capabilities
from horizon_desktop.domain.access.revocation import RevocationList, sign_revocations
from horizon_desktop.domain.access.token import (
    TOKEN_LIFE_MS,
    EphemeralToken,
    RelayRights,
    SignedToken,
    issue_token,
)
from horizon_desktop.domain.collaboration.channel import Lane
from horizon_desktop.domain.ids import DeviceKey, SessionId
from horizon_desktop.domain.instants import Instant
from horizon_desktop.ports.entropy import Entropy

RENEWAL_AT_MS: Final = TOKEN_LIFE_MS // 2
"""A token is renewed when half its life is over, so that one missed renewal costs nothing."""
_JTI_BYTES: Final = 16
_ALL_LANES: Final = tuple(int(lane) for lane in Lane)


class AccessLedger:
    """Signs what guests of one session may do. Holds the epochs and the removed keys of this run."""

    def __init__(
        self,
        *,
        session: SessionId,
        key: DeviceKeyPair,
        channels: dict[str, int],
        is_relay_allowed: bool,
        entropy: Entropy,
    ) -> None:
        self._session = session
        self._key = key
        self._channels = channels
        self._lanes = _ALL_LANES if is_relay_allowed else (int(Lane.CONTROL),)
        self._entropy = entropy
        self._most: dict[str, Mapping[str, int]] = {}
        """Why channels are limited for now, and to what."""
        self._rates: dict[str, Rate] = {}
        self._epochs: dict[DeviceKey, int] = {}
        self._revoked = RevocationList(session=session, number=0)

    def capabilities(self, role: Role, *, is_lifted: bool = False) -> CapabilitySet:
        """Return the role's row cut down to the session's channels.

        Args:
            is_lifted: As if nothing were limited for now.
        """
        limits = () if is_lifted else tuple(self._most.values())
        most = {
            name: min((access, *(limit[name] for limit in limits if name in limit)))
            for name, access in self._channels.items()
        }
        whole = role_capabilities(role).limited_to(most)
        rates = {name: rate.narrowed(self._rates.get(name, rate)) for name, rate in whole.rates.items()}
        return msgspec.structs.replace(whole, rates=rates)

    def limit_rates(self, rates: Mapping[str, Rate]) -> None:
        """Give no higher rate than this on these channels from the next token on, whatever the role."""
        self._rates = dict(rates)

    def limit(self, channels: Mapping[str, int], *, why: str) -> None:
        """Give no more than this on these channels from the next token on, whatever the role; {} lifts it.

        Args:
            why: What limits: each reason has limits of its own, and the lowest counts.
        """
        self._most = {**self._most, why: dict(channels)}

    def epoch_of(self, guest: DeviceKey) -> int:
        """Return the lowest epoch that is still good for this guest here, at the host."""
        return self._epochs.get(guest, 0)

    def is_removed(self, guest: DeviceKey) -> bool:
        return guest in self._revoked.removed

    def restore(self, guest: DeviceKey, *, epoch: int, is_removed: bool) -> None:
        """Take over what the store knows of a guest after a restart."""
        self._epochs[guest] = epoch
        if is_removed:
            self._revoked = msgspec.structs.replace(self._revoked, removed=self._revoked.removed | {guest})

    def raise_epoch(self, guest: DeviceKey) -> int:
        """Void every token this guest has; return the epoch of the next one. The hub is told once `list_epoch` was."""
        self._epochs[guest] = self.epoch_of(guest) + 1
        return self._epochs[guest]

    def is_listed(self, guest: DeviceKey) -> bool:
        """Whether the list for the hub says what is so here."""
        return self._revoked.epochs.get(guest, 0) == self.epoch_of(guest)

    @property
    def is_list_empty(self) -> bool:
        """Whether there is nothing to tell the hub."""
        return not self._revoked.epochs and not self._revoked.removed

    def list_epoch(self, guest: DeviceKey) -> None:
        """Tell the hub from now on: the guest has its next token, or shall have none."""
        self._revoked = msgspec.structs.replace(
            self._revoked, epochs={**self._revoked.epochs, guest: self.epoch_of(guest)}
        )

    def remove(self, guest: DeviceKey) -> int:
        """Void every token and refuse the key for good."""
        epoch = self.raise_epoch(guest)
        self._revoked = msgspec.structs.replace(self._revoked, removed=self._revoked.removed | {guest})
        self.list_epoch(guest)
        return epoch

    def issue(
        self, guest: DeviceKey, role: Role, *, channels: Mapping[str, int], now: Instant, lease_end: Instant
    ) -> SignedToken:
        """Return a token for ten minutes, never past the lease end.

        Args:
            channels: What of the role's channels the guest may have just now.

        Raises:
            RemoteProtocolError: the lease is over: no token could be valid.
        """
        return issue_token(
            EphemeralToken(
                jti=self._entropy.draw(_JTI_BYTES),
                issuer=self._key.key,
                session=self._session,
                guest=guest,
                issued_at=now,
                not_before=now,
                expires_at=min(now.plus(TOKEN_LIFE_MS), lease_end),
                capabilities=self.capabilities(role).limited_to(channels),
                relay=RelayRights(targets=(self._key.key,), lanes=self._lanes),
                epoch=self.epoch_of(guest),
            ),
            self._key,
        )

    def revocations(self, number: int) -> bytes:
        """Return the host-signed list under a number that the hub has not seen yet."""
        self._revoked = msgspec.structs.replace(self._revoked, number=number)
        return sign_revocations(self._revoked, self._key)
