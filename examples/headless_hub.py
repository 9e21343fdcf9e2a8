"""A hub in a few lines: it carries sessions of other people and can read none of them. Ends after a moment."""

import asyncio
import sys
import tempfile
from pathlib import Path

from horizon_desktop.adapters.system import SystemClock, SystemEntropy
from horizon_desktop.main.hub import open_hub


async def main(folder: Path, *, seconds: float) -> None:
    """Serve on a free port of this machine and say how hosts name it."""
    clock, entropy = SystemClock(), SystemEntropy()
    async with open_hub(listen_host="127.0.0.1", port=0, data_dir=folder, clock=clock, entropy=entropy) as hub:
        sys.stdout.write(f"hosts use: horizon host --hub {hub.url} --share FILE\n")
        await asyncio.sleep(seconds)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        asyncio.run(main(Path(name), seconds=float(sys.argv[1]) if len(sys.argv) > 1 else 0.2))
