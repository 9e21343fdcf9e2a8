"""Policy files in YAML: a file or a folder read whole, every problem with its file, line, place and nearest name."""

from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import yaml

from horizon_desktop.adapters.policy_files.strict_yaml import MAX_BYTES, read_documents
from horizon_desktop.domain.access.policy import Policy
from horizon_desktop.domain.access.policy_document import place_text, read_policy
from horizon_desktop.domain.access.policy_engine import MAX_POLICIES
from horizon_desktop.domain.access.policy_writing import policy_document
from horizon_desktop.errors import ConfigurationRefused
from horizon_desktop.ports.policies import PolicyProblem, PolicyReading

MAX_FILES: Final = 256
SUFFIXES: Final = (".yaml", ".yml")
_TEMPLATES: Final = "_generated/policies"


class YamlPolicyFiles:
    """The one reader and writer of policy files."""

    def read(self, place: str) -> PolicyReading:
        """Return what a file or a folder holds; nothing is raised, problems are listed."""
        reading = _Reading()
        reading.take(Path(place))
        return PolicyReading(
            files=tuple(reading.files), policies=tuple(reading.policies), problems=tuple(reading.problems)
        )

    def write(self, policies: Sequence[Policy]) -> str:
        """Return policies as YAML, one document each."""
        documents = [policy_document(policy) for policy in policies]
        dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
        return yaml.dump_all(
            documents, Dumper=dumper, sort_keys=False, allow_unicode=True, width=100, explicit_start=True
        )

    def templates(self) -> dict[str, str]:
        """Return the templates by name. Raises nothing: a package without them has none."""
        folder = files("horizon_desktop").joinpath(_TEMPLATES)
        if not folder.is_dir():
            return {}
        found = sorted((each for each in folder.iterdir() if each.name.endswith(SUFFIXES)), key=lambda each: each.name)
        return {each.name.rpartition(".")[0]: each.read_text(encoding="utf-8") for each in found}


class _Reading:
    """Goes through files in the order of their names; the first of two policies of one name is kept."""

    def __init__(self) -> None:
        self.files: list[str] = []
        self.policies: list[Policy] = []
        self.problems: list[PolicyProblem] = []
        self._named: dict[str, str] = {}

    def take(self, place: Path) -> None:
        try:
            paths = list(_files(place))
        except OSError as exc:
            self._problem(place, f"it cannot be read ({exc.strerror or 'no access'})")
            return
        if len(paths) > MAX_FILES:
            self._problem(place, f"more than {MAX_FILES} policy files")
            return
        for path in paths:
            self._take_file(path)
        if not self.policies and not self.problems:
            self._problem(place, "no policy in it: nothing at all would be allowed")
        if len(self.policies) > MAX_POLICIES:
            self._problem(place, f"more than {MAX_POLICIES} policies")

    def _take_file(self, path: Path) -> None:
        self.files.append(str(path))
        try:
            with path.open("rb") as opened:
                documents = read_documents(opened.read(MAX_BYTES + 1))
        except OSError as exc:
            self._problem(path, f"it cannot be read ({exc.strerror or 'no access'})")
            return
        except ConfigurationRefused as exc:
            self._problem(path, str(exc), line=int(exc.values.get("line", 1)))
            return
        for document in documents:
            policy, faults = read_policy(document.data)
            for fault in faults:
                line, where = document.line_of(fault.place), place_text(fault.place)
                self._problem(path, fault.words, line=line, where=where, nearest=fault.nearest)
            if policy is not None:
                self._keep(policy, path, document.line_of(("metadata", "name")))

    def _keep(self, policy: Policy, path: Path, line: int) -> None:
        first = self._named.setdefault(policy.name, f"{path}:{line}")
        if first != f"{path}:{line}":
            words = f"the name `{policy.name}` is taken: {first} has it"
            self._problem(path, words, line=line, where="metadata.name")
            return
        self.policies.append(policy)

    def _problem(self, path: Path, words: str, *, line: int = 0, where: str = "", nearest: str = "") -> None:
        self.problems.append(PolicyProblem(file=str(path), line=line, where=where, words=words, nearest=nearest))


def _files(place: Path) -> Iterator[Path]:
    """Yield the file, or the policy files of the folder in the order of their names. Raises OSError."""
    if place.is_dir():
        yield from sorted(path for path in place.iterdir() if path.name.endswith(SUFFIXES) and _is_shown(path))
    elif place.exists() and not place.is_file():
        raise OSError(0, "neither a file nor a folder")
    else:
        yield place


def _is_shown(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(".")
