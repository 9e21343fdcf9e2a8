"""Resources as values: units that undo themselves, a partial order of what fits, and vendors' own rules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from horizon_desktop.domain.decision import Allow, Deny
from horizon_desktop.domain.usage.resources import (
    Cpu,
    Gpu,
    Memory,
    Network,
    ResourceRequest,
    Resources,
    Storage,
    StorageKind,
    Tpu,
    Vendor,
    check,
    fits,
)
from horizon_desktop.domain.usage.units import MAX_COUNT, Bandwidth, Bytes
from horizon_desktop.errors import UsageError

few = st.integers(1, 3)
sizes = st.integers(0, 3).map(Bytes)
gpus = st.builds(
    Gpu,
    count=few,
    vendor=st.sampled_from((None, Vendor.NVIDIA, Vendor.AMD)),
    model=st.sampled_from(("", "h100", "a100")),
    memory=sizes,
    partition=st.sampled_from(("", "1g.10gb")),
)
resources = st.builds(
    Resources,
    gpu=st.none() | gpus,
    tpu=st.none()
    | st.builds(Tpu, version=st.sampled_from(("v4", "v5e")), topology=st.sampled_from(("", "2x2")), chips=few),
    cpu=st.none() | st.builds(Cpu, cores=few, architecture=st.sampled_from(("", "x86_64", "aarch64"))),
    memory=st.none() | st.builds(Memory, sizes),
    storage=st.none() | st.builds(Storage, size=sizes, kind=st.sampled_from(StorageKind)),
    network=st.none() | st.builds(Network, bandwidth=few.map(Bandwidth), has_rdma=st.booleans()),
)


@given(st.integers(0, MAX_COUNT))
def test_bytes_are_read_as_they_are_written(count: int) -> None:
    assert Bytes.parse(Bytes(count).format()) == Bytes(count)


@given(st.integers(0, MAX_COUNT))
def test_bandwidth_is_read_as_it_is_written(count: int) -> None:
    assert Bandwidth.parse(Bandwidth(count).format()) == Bandwidth(count)


@pytest.mark.parametrize(
    ("text", "count"),
    [("40GiB", 40 * 2**30), ("1.5 TB", 1_500_000_000_000), ("0B", 0), ("1kB", 1000), ("0.5KiB", 512)],
)
def test_units_mean_what_they_say(text: str, count: int) -> None:
    assert Bytes.parse(text).count == count


@pytest.mark.parametrize("text", ["", "40", "GiB", "-1GiB", "1,5GB", "40gib", "0.3B", "1e3B", "٣GiB", "9999999PiB"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        Bytes.parse(text)
    assert refused.value.key == "units.bytes"


@given(resources)
def test_everything_fits_itself(one: Resources) -> None:
    assert fits(one, one)


@given(resources, resources)
def test_two_that_fit_one_another_are_equal(one: Resources, other: Resources) -> None:
    assert not (fits(one, other) and fits(other, one)) or one == other


@given(resources, resources, resources)
def test_what_fits_a_part_fits_the_whole(small: Resources, middle: Resources, large: Resources) -> None:
    assert not (fits(small, middle) and fits(middle, large)) or fits(small, large)


@given(resources)
def test_nothing_fits_everywhere(offered: Resources) -> None:
    assert fits(Resources(), offered)


def test_the_specifications_example_can_be_served() -> None:
    request = (
        ResourceRequest(name="gpu-job")
        .with_gpu(Gpu(count=4, vendor=Vendor.NVIDIA, model="h100"))
        .with_memory("128GB")
        .with_storage("1TB")
        .with_network("200Gbit/s", has_rdma=True)
    )
    node = Resources(
        gpu=Gpu(count=8, vendor=Vendor.NVIDIA, model="h100", memory=Bytes.parse("80GiB")),
        cpu=Cpu(cores=96, architecture="x86_64"),
        memory=Memory(Bytes.parse("1TiB")),
        storage=Storage(size=Bytes.parse("8TB"), kind=StorageKind.NVME),
        network=Network(bandwidth=Bandwidth.parse("400Gbit/s"), has_rdma=True),
    )
    assert request.check() == Allow()
    assert fits(request.resources, node)
    assert not fits(request.with_gpu(Gpu(count=9)).resources, node)


@pytest.mark.parametrize(
    ("wanted", "rule"),
    [
        (Resources(gpu=Gpu(count=0)), "gpu.count"),
        (Resources(gpu=Gpu(count=17, vendor=Vendor.NVIDIA)), "gpu.count"),
        (Resources(gpu=Gpu(count=2, vendor=Vendor.APPLE)), "gpu.count"),
        (Resources(gpu=Gpu(model="h100")), "gpu.vendor"),
        (Resources(gpu=Gpu(vendor=Vendor.AMD, model="h100")), "gpu.model"),
        (Resources(gpu=Gpu(vendor=Vendor.AMD, partition="1g.10gb")), "gpu.partition"),
        (Resources(gpu=Gpu(vendor=Vendor.NVIDIA, partition="8g.10gb")), "gpu.partition"),
        (Resources(tpu=Tpu(version="v9")), "tpu.version"),
        (Resources(tpu=Tpu(version="v5e", topology="2x4", chips=4)), "tpu.topology"),
        (Resources(tpu=Tpu(version="v5e", topology="2x2x2", chips=8)), "tpu.topology"),
        (Resources(tpu=Tpu(version="v4", topology="2x4", chips=8)), "tpu.topology"),
        (Resources(cpu=Cpu(cores=0)), "cpu.cores"),
        (Resources(cpu=Cpu(cores=1, architecture="z80")), "cpu.architecture"),
    ],
)
def test_what_nobody_could_serve_is_refused(wanted: Resources, rule: str) -> None:
    decision = check(wanted)
    assert isinstance(decision, Deny)
    assert decision.rule == rule


@pytest.mark.parametrize(
    "wanted",
    [
        Resources(gpu=Gpu(vendor=Vendor.NVIDIA, model="h100", partition="3g.40gb")),
        Resources(gpu=Gpu(count=8, vendor=Vendor.AMD, model="mi300x")),
        Resources(gpu=Gpu(count=2)),
        Resources(tpu=Tpu(version="v4", topology="4x4x4", chips=64)),
        Resources(tpu=Tpu(version="v6e", topology="2x4", chips=8)),
    ],
)
def test_what_vendors_sell_is_accepted(wanted: Resources) -> None:
    assert check(wanted) == Allow()


def test_a_request_has_a_name_and_wants_something() -> None:
    assert ResourceRequest(name="x").check() == Deny("resources.empty")
    assert ResourceRequest(name=" ").with_memory("1GiB").check() == Deny("resources.name")
