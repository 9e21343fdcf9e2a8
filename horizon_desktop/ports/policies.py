"""Where policies come from: files that are read whole, with every problem found in them."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from horizon_desktop.domain.access.policy import Policy


class PolicyProblem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that keeps a policy file from being used."""

    file: str
    line: int
    """From 1; 0 for the file as a whole."""
    where: str
    """The path inside the document: `spec.conditions[2].gpus.lte`; empty where there is none."""
    words: str
    nearest: str = ""
    """The known name that was probably meant."""

    @property
    def text(self) -> str:
        """`office.yaml:12: spec.efect: unknown key ... Did you mean effect?`."""
        at = f"{self.file}:{self.line}" if self.line else self.file
        hint = f" Did you mean `{self.nearest}`?" if self.nearest else ""
        return ": ".join(part for part in (at, self.where, self.words) if part) + "." + hint


class PolicyReading(msgspec.Struct, frozen=True, kw_only=True):
    """What a file or a folder of policies holds. With a problem in it, nothing of it may be used."""

    files: tuple[str, ...]
    policies: tuple[Policy, ...]
    problems: tuple[PolicyProblem, ...]


class PolicyFiles(Protocol):
    """Reads and writes policies; blocking, for a start or a command."""

    def read(self, place: str) -> PolicyReading:
        """Return what a file or the *.yaml files of a folder hold; what cannot be read is a problem."""
        ...

    def write(self, policies: Sequence[Policy]) -> str:
        """Return policies as the text of a file, which reads as the same policies again."""
        ...

    def templates(self) -> dict[str, str]:
        """Return the templates that come with the product: name to text."""
        ...
