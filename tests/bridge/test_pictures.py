"""Pictures that many ask for at once."""

import subprocess
import sys
from typing import Final

MANY_AT_ONCE: Final = """
import asyncio
from concurrent.futures import ThreadPoolExecutor
from horizon_desktop.bridge.pictures import pictures_of
from horizon_desktop.crypto.fingerprint import key_pictures

async def ask():
    return await asyncio.gather(*map(pictures_of, keys))

keys = [bytes([number]) * 32 for number in range(6)]
with ThreadPoolExecutor(3) as loops:
    found = [loops.submit(asyncio.run, ask()) for _ in range(3)]
assert all(one.result() == [key_pictures(key) for key in keys] for one in found)
"""


def test_all_get_their_pictures() -> None:
    """In a process of its own: derivations that wait for each other for ever could not be ended in this one."""
    done = subprocess.run([sys.executable, "-c", MANY_AT_ONCE], timeout=60, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
