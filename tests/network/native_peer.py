"""One end of a bulk transfer by aiolibdatachannel, in a Python of its own (3.12 or newer) that has nothing of ours.

python native_peer.py send|receive SECONDS; it speaks the lines of bulk_peer.py. Messages are counted where the library
hands them over, for its own queue drops the oldest of a slow reader.
"""

import asyncio
import contextlib
import json
import os
import resource
import sys
import time
from typing import Any

import aiolibdatachannel as native  # type: ignore[import-not-found,unused-ignore]

PIECE = os.urandom(64 * 1024)
HIGH_BYTES = 1024 * 1024
LOW_BYTES = 256 * 1024


def say(**fact: Any) -> None:
    print(json.dumps(fact), flush=True)


def cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def heard() -> str:
    line: str = await asyncio.to_thread(sys.stdin.readline)
    return line.strip()


async def within(waiting: Any) -> None:
    """Wait, but not so long that a word from the caller goes unheard."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0.2):
            await waiting


async def receive(seconds: float) -> None:
    connection = native.PeerConnection(native.RTCConfiguration())
    channel = await connection.create_data_channel("bulk", native.DataChannelOptions(ordered=True))
    got, began, before = 0, 0.0, 0.0
    over = asyncio.get_running_loop().create_future()

    def arrived(data: bytes) -> None:
        nonlocal got, began, before
        if not began:
            began, before = time.monotonic(), cpu_s()
        got += len(data)
        if not over.done() and time.monotonic() - began >= seconds:
            over.set_result({"bytes": got, "seconds": time.monotonic() - began, "cpu_s": cpu_s() - before})

    channel._handle_message = arrived
    say(signal=(await connection.create_offer()).sdp.encode().hex())
    await connection.set_remote_description(bytes.fromhex(await heard()).decode(), "answer")
    await channel.wait_open()
    say(open=True)
    say(**await over)
    await asyncio.sleep(600)


async def send() -> None:
    connection = native.PeerConnection(native.RTCConfiguration())
    offer = bytes.fromhex(await heard()).decode()
    await connection.set_remote_description(offer, "offer")
    say(signal=(await connection.create_answer()).sdp.encode().hex())
    channel = await anext(aiter(connection.incoming_data_channels()))
    await channel.wait_open()
    say(open=True)
    await heard()
    plain = channel._native
    plain.set_buffered_amount_low_threshold(LOW_BYTES)
    low = channel._buffered_low_event
    before, sent = cpu_s(), 0
    async with asyncio.TaskGroup() as group:
        stopping = group.create_task(heard())
        while not stopping.done():
            if plain.buffered_amount() > HIGH_BYTES:
                low.clear()
                if plain.buffered_amount() > LOW_BYTES:
                    await within(low.wait())
                continue
            plain.send_bytes(PIECE)
            sent += len(PIECE)
            await asyncio.sleep(0)
    say(bytes=sent, cpu_s=cpu_s() - before)


async def main() -> None:
    role, seconds = sys.argv[1], float(sys.argv[2])
    await (receive(seconds) if role == "receive" else send())
    os._exit(0)


if __name__ == "__main__":
    asyncio.run(main())
