"""What a job asks for and what a place offers: GPU, TPU, CPU, memory, storage, network, as values (hpc-resources)."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Self

import msgspec

from horizon_desktop.domain.decision import Allow, Decision, Deny
from horizon_desktop.domain.usage.units import Bandwidth, Bytes

MAX_COUNT: Final = 65_536


class Vendor(StrEnum):
    NVIDIA = "nvidia"
    AMD = "amd"
    INTEL = "intel"
    APPLE = "apple"


class Gpu(msgspec.Struct, frozen=True, kw_only=True):
    """`count` GPUs of one kind. What is empty in a request may be anything."""

    count: int = 1
    vendor: Vendor | None = None
    model: str = ""
    """Lower case: `h100`, `mi300x`."""
    memory: Bytes = Bytes(0)
    """Of each one, at least."""
    partition: str = ""
    """A part of one: NVIDIA's MIG profile `1g.10gb`."""


class Tpu(msgspec.Struct, frozen=True, kw_only=True):
    """One slice of chips. `topology` tells how they are joined: `2x4`, `4x4x4`."""

    version: str
    topology: str = ""
    chips: int = 1


class Cpu(msgspec.Struct, frozen=True, kw_only=True):
    cores: int
    architecture: str = ""
    """x86_64 or aarch64; empty: either."""


class Memory(msgspec.Struct, frozen=True):
    size: Bytes


class StorageKind(StrEnum):
    """In the order of speed: a faster one serves where a slower one is asked for."""

    ANY = "any"
    HDD = "hdd"
    SSD = "ssd"
    NVME = "nvme"


class Storage(msgspec.Struct, frozen=True, kw_only=True):
    size: Bytes
    kind: StorageKind = StorageKind.ANY


class Network(msgspec.Struct, frozen=True, kw_only=True):
    bandwidth: Bandwidth
    has_rdma: bool = False


class Priority(StrEnum):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


class Resources(msgspec.Struct, frozen=True, kw_only=True):
    """Together what one job asks for, or one place offers. None: nothing of it."""

    gpu: Gpu | None = None
    tpu: Tpu | None = None
    cpu: Cpu | None = None
    memory: Memory | None = None
    storage: Storage | None = None
    network: Network | None = None


class ResourceRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A named request. Each `with_` returns a larger one; `check` says whether it can be meant."""

    name: str
    resources: Resources = Resources()
    priority: Priority = Priority.NORMAL

    def with_gpu(self, gpu: Gpu) -> Self:
        return self._with(msgspec.structs.replace(self.resources, gpu=gpu))

    def with_tpu(self, tpu: Tpu) -> Self:
        return self._with(msgspec.structs.replace(self.resources, tpu=tpu))

    def with_cpu(self, cpu: Cpu) -> Self:
        return self._with(msgspec.structs.replace(self.resources, cpu=cpu))

    def with_memory(self, size: str) -> Self:
        """Ask for memory: `128GB`. Raises UsageError (`units.bytes`)."""
        return self._with(msgspec.structs.replace(self.resources, memory=Memory(Bytes.parse(size))))

    def with_storage(self, size: str, kind: StorageKind = StorageKind.ANY) -> Self:
        """Ask for storage: `1TB`. Raises UsageError (`units.bytes`)."""
        return self._with(msgspec.structs.replace(self.resources, storage=Storage(size=Bytes.parse(size), kind=kind)))

    def with_network(self, bandwidth: str, *, has_rdma: bool = False) -> Self:
        """Ask for a network: `200Gbit/s`. Raises UsageError (`units.bandwidth`)."""
        network = Network(bandwidth=Bandwidth.parse(bandwidth), has_rdma=has_rdma)
        return self._with(msgspec.structs.replace(self.resources, network=network))

    def check(self) -> Decision:
        """Allow, or why nobody could serve it: resources.empty, resources.name, and what `check` refuses."""
        if not self.name.strip():
            return Deny("resources.name")
        if self.resources == Resources():
            return Deny("resources.empty")
        return check(self.resources)

    def _with(self, resources: Resources) -> Self:
        return msgspec.structs.replace(self, resources=resources)


class VendorRules(msgspec.Struct, frozen=True, kw_only=True):
    """What is true of one vendor's GPUs."""

    models: re.Pattern[str]
    partition: re.Pattern[str] | None = None
    """How a part of one is named; None: they cannot be parted."""
    most_in_one: int = 16
    """GPUs in one machine."""


VENDOR_RULES: Final[Mapping[Vendor, VendorRules]] = {
    Vendor.NVIDIA: VendorRules(
        models=re.compile(r"(?:[abhlpvt]\d{1,3}s?|gb?\d{3}|rtx[a-z0-9-]{1,12})", re.ASCII),
        partition=re.compile(r"[1-7]g\.\d{1,3}gb", re.ASCII),
    ),
    Vendor.AMD: VendorRules(models=re.compile(r"mi\d{2,3}[ax]?", re.ASCII), most_in_one=8),
    Vendor.INTEL: VendorRules(models=re.compile(r"(?:max\d{4}|flex\d{3}|gaudi[23]?)", re.ASCII), most_in_one=8),
    Vendor.APPLE: VendorRules(models=re.compile(r"m\d{1,2}(?:pro|max|ultra)?", re.ASCII), most_in_one=1),
}

_TOPOLOGY: Final = re.compile(r"(\d{1,3})x(\d{1,3})(?:x(\d{1,3}))?", re.ASCII)
_THREE_DIMENSIONS: Final = frozenset({"v4", "v5p"})
"""Versions whose chips are joined in a torus of three dimensions; the others in two."""
TPU_VERSIONS: Final = frozenset({"v2", "v3", "v4", "v5e", "v5p", "v6e"})
_ARCHITECTURES: Final = frozenset({"", "x86_64", "aarch64"})


def check(wanted: Resources) -> Decision:
    """Allow, or why it cannot be meant.

    gpu.count, gpu.vendor (a model or a part without its vendor), gpu.model, gpu.partition, tpu.version, tpu.topology,
    cpu.cores, cpu.architecture. `detail` is what was found.
    """
    for decision in (_check_gpu(wanted.gpu), _check_tpu(wanted.tpu), _check_cpu(wanted.cpu)):
        if isinstance(decision, Deny):
            return decision
    return Allow()


def _check_gpu(gpu: Gpu | None) -> Decision:
    if gpu is None:
        return Allow()
    rules = None if gpu.vendor is None else VENDOR_RULES[gpu.vendor]
    if not 1 <= gpu.count <= (MAX_COUNT if rules is None else rules.most_in_one):
        return Deny("gpu.count", f"{gpu.count}")
    if rules is None:
        return Deny("gpu.vendor", gpu.model or gpu.partition) if gpu.model or gpu.partition else Allow()
    if gpu.model and not rules.models.fullmatch(gpu.model):
        return Deny("gpu.model", gpu.model)
    if gpu.partition and (rules.partition is None or not rules.partition.fullmatch(gpu.partition)):
        return Deny("gpu.partition", gpu.partition)
    return Allow()


def _check_tpu(tpu: Tpu | None) -> Decision:
    if tpu is None:
        return Allow()
    if tpu.version not in TPU_VERSIONS:
        return Deny("tpu.version", tpu.version)
    if not tpu.topology:
        return Allow() if 1 <= tpu.chips <= MAX_COUNT else Deny("tpu.topology", f"{tpu.chips}")
    found = _TOPOLOGY.fullmatch(tpu.topology)
    sides = [int(side) for side in found.groups() if side] if found else []
    product = 1
    for side in sides:
        product *= side
    is_shaped = len(sides) == (3 if tpu.version in _THREE_DIMENSIONS else 2)
    return Allow() if is_shaped and product == tpu.chips else Deny("tpu.topology", tpu.topology)


def _check_cpu(cpu: Cpu | None) -> Decision:
    if cpu is None:
        return Allow()
    if not 1 <= cpu.cores <= MAX_COUNT:
        return Deny("cpu.cores", f"{cpu.cores}")
    return Allow() if cpu.architecture in _ARCHITECTURES else Deny("cpu.architecture", cpu.architecture)


def fits(wanted: Resources, offered: Resources) -> bool:
    """Return whether what is offered serves what is wanted: a partial order on Resources.

    Everything fits itself; two that fit one another are equal; what fits a part fits the whole.
    """
    return (
        (wanted.gpu is None or (offered.gpu is not None and _gpu_fits(wanted.gpu, offered.gpu)))
        and (wanted.tpu is None or (offered.tpu is not None and _tpu_fits(wanted.tpu, offered.tpu)))
        and (wanted.cpu is None or (offered.cpu is not None and _cpu_fits(wanted.cpu, offered.cpu)))
        and (wanted.memory is None or (offered.memory is not None and wanted.memory.size <= offered.memory.size))
        and (wanted.storage is None or (offered.storage is not None and _storage_fits(wanted.storage, offered.storage)))
        and (wanted.network is None or (offered.network is not None and _network_fits(wanted.network, offered.network)))
    )


def _any_or_same(wanted: str | None, offered: str | None) -> bool:
    return not wanted or wanted == offered


def _gpu_fits(wanted: Gpu, offered: Gpu) -> bool:
    return (
        wanted.count <= offered.count
        and wanted.memory <= offered.memory
        and _any_or_same(wanted.vendor, offered.vendor)
        and _any_or_same(wanted.model, offered.model)
        and wanted.partition == offered.partition
    )


def _tpu_fits(wanted: Tpu, offered: Tpu) -> bool:
    is_same_shape = _any_or_same(wanted.topology, offered.topology)
    return wanted.version == offered.version and wanted.chips <= offered.chips and is_same_shape


def _cpu_fits(wanted: Cpu, offered: Cpu) -> bool:
    return wanted.cores <= offered.cores and _any_or_same(wanted.architecture, offered.architecture)


def _storage_fits(wanted: Storage, offered: Storage) -> bool:
    speed = tuple(StorageKind)
    return wanted.size <= offered.size and speed.index(wanted.kind) <= speed.index(offered.kind)


def _network_fits(wanted: Network, offered: Network) -> bool:
    return wanted.bandwidth <= offered.bandwidth and wanted.has_rdma <= offered.has_rdma
