"""Where the policies of a process come from: its configuration, else its profile's folder, else they are built in."""

from typing import Final

import structlog

from horizon_desktop.bridge.policy_desk import PolicyDesk
from horizon_desktop.main.profile import Profile
from horizon_desktop.services.policies import Policies, load_policies

FOLDER: Final = "policies"
"""Below the profile's folder."""


def policy_place(profile: Profile | None, configured: str) -> str:
    """Return the file or folder in force, empty for the built-in policies.

    Args:
        profile: None for a hub, which has no profile.
        configured: The setting `policies` (HORIZON_POLICIES).
    """
    if configured or profile is None:
        return configured
    folder = profile.folder / FOLDER
    return str(folder) if folder.is_dir() else ""


def open_policies(profile: Profile | None, configured: str) -> Policies:
    """Return the policies in force. Raises ConfigurationRefused (policy.broken): a file with a fault is never used."""
    place = policy_place(profile, configured)
    if not place:
        return Policies()
    from horizon_desktop.adapters.policy_files.policy_yaml import YamlPolicyFiles  # noqa: PLC0415  (YAML, seldom)

    policies = load_policies(place, YamlPolicyFiles())
    structlog.get_logger(__name__).info("policies.loaded", place=place, count=len(policies.held.policies))
    return policies


def open_policy_desk(profile: Profile, configured: str) -> PolicyDesk:
    """Return what answers about policies on the command line; broken ones are its business, not an error."""
    from horizon_desktop.adapters.policy_files.policy_yaml import YamlPolicyFiles  # noqa: PLC0415

    return PolicyDesk(YamlPolicyFiles(), place=policy_place(profile, configured))
