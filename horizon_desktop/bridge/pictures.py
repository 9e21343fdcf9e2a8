"""The pictures of a device key, derived off the event loop by the one thread of this process that may."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from horizon_desktop.crypto.fingerprint import key_pictures

_ONE_AT_A_TIME: Final = ThreadPoolExecutor(max_workers=1, thread_name_prefix="key-pictures")


async def pictures_of(key: bytes) -> tuple[int, ...]:
    """Return the 7 pictures, each 0 to 63, of a device key; callers of any loop and thread wait for their turn."""
    return await asyncio.get_running_loop().run_in_executor(_ONE_AT_A_TIME, key_pictures, key)
