"""Tests of the frame codec."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from horizon_desktop.errors import LocalProtocolError, RemoteProtocolError
from horizon_desktop.protocol.wire import MAX_BODY_BYTES, Frame, FrameReader, encode_frame

BYTE = st.integers(0, 255)
FRAMES = st.builds(
    Frame,
    kind=BYTE,
    channel=BYTE,
    data_type=BYTE,
    flags=BYTE,
    seq=st.integers(0, 2**64 - 1),
    body=st.binary(max_size=300),
)


@given(st.lists(FRAMES, max_size=8), st.lists(st.integers(1, 40), min_size=1, max_size=50))
def test_decoding_undoes_encoding_however_the_bytes_are_cut(frames: list[Frame], cuts: list[int]) -> None:
    data = b"".join(encode_frame(frame) for frame in frames)
    reader, got = FrameReader(), []
    position = 0
    for cut in cuts:
        got += reader.feed(data[position : position + cut])
        position += cut
    got += reader.feed(data[position:])
    assert got == frames


@given(st.lists(st.binary(max_size=200), max_size=10))
def test_any_bytes_raise_nothing_but_a_remote_protocol_error(chunks: list[bytes]) -> None:
    reader = FrameReader()
    try:
        for chunk in chunks:
            reader.feed(chunk)
    except RemoteProtocolError:
        pass


@pytest.mark.parametrize("length", [65_537, 2**20, 2**30, 2**32 - 1])
def test_an_oversize_frame_is_refused_as_soon_as_its_length_is_known(length: int) -> None:
    with pytest.raises(RemoteProtocolError) as refused:
        FrameReader().feed(length.to_bytes(4, "big"))
    assert refused.value.key == "frame.oversize"


@pytest.mark.parametrize("length", range(12))
def test_a_frame_shorter_than_a_header_is_refused(length: int) -> None:
    with pytest.raises(RemoteProtocolError) as refused:
        FrameReader().feed(length.to_bytes(4, "big"))
    assert refused.value.key == "frame.short"


def test_nothing_is_read_after_a_bad_header() -> None:
    reader = FrameReader()
    with pytest.raises(RemoteProtocolError):
        reader.feed(b"\xff\xff\xff\xff")
    with pytest.raises(RemoteProtocolError):
        reader.feed(encode_frame(Frame(kind=5)))


def test_the_largest_body_fits_and_one_byte_more_does_not() -> None:
    largest = Frame(kind=3, body=bytes(MAX_BODY_BYTES))
    assert FrameReader().feed(encode_frame(largest)) == [largest]
    with pytest.raises(LocalProtocolError):
        encode_frame(Frame(kind=3, body=bytes(MAX_BODY_BYTES + 1)))


def test_a_field_out_of_range_is_our_own_mistake() -> None:
    with pytest.raises(LocalProtocolError):
        encode_frame(Frame(kind=256))
