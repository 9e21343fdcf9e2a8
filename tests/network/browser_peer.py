"""One end of a bulk transfer in Chromium, driven by its DevTools; it speaks the lines of bulk_peer.py.

python -m tests.network.browser_peer send|receive SECONDS. The processor's time is that of all of its processes.
"""

import asyncio
import itertools
import json
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp
import psutil

FLAGS: Final = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
    "--allow-loopback-in-peer-connection",
    "--remote-debugging-port=0",
    "about:blank",
)
PAGE: Final = """
const gathered = c => new Promise(done => {
  if (c.iceGatheringState === 'complete') return done();
  c.onicegatheringstatechange = () => c.iceGatheringState === 'complete' && done();
});
const pc = new RTCPeerConnection();
const bulk = pc.createDataChannel('bulk', {negotiated: true, id: 3});
bulk.binaryType = 'arraybuffer';
const opened = new Promise(done => bulk.onopen = done);
let got = 0, began = 0, result = null, stopping = false, sent = 0;
bulk.onmessage = e => {
  if (!began) began = performance.now();
  got += e.data.byteLength;
  const seconds = (performance.now() - began) / 1000;
  if (!result && seconds >= SECONDS) result = {bytes: got, seconds};
};
const later = ms => new Promise(done => setTimeout(done, ms));
async function offer() {
  await pc.setLocalDescription(await pc.createOffer()); await gathered(pc); return pc.localDescription.sdp;
}
async function answer(sdp) {
  await pc.setRemoteDescription({type: 'offer', sdp});
  await pc.setLocalDescription(await pc.createAnswer()); await gathered(pc); return pc.localDescription.sdp;
}
const accept = sdp => pc.setRemoteDescription({type: 'answer', sdp});
async function counted() { while (!result) await later(20); return result; }
async function pour() {
  const piece = new Uint8Array(65536); crypto.getRandomValues(piece);
  bulk.bufferedAmountLowThreshold = 262144;
  let low = null; bulk.onbufferedamountlow = () => low && low();
  while (!stopping) {
    if (bulk.bufferedAmount > 1048576) await new Promise(done => low = done);
    bulk.send(piece); sent += piece.byteLength;
    if (sent % 4194304 === 0) await later(0);
  }
}
"""


def say(**fact: Any) -> None:
    print(json.dumps(fact), flush=True)


async def heard() -> str:
    line: str = await asyncio.to_thread(sys.stdin.readline)
    return line.strip()


class Page:
    """A page's DevTools connection."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, process: asyncio.subprocess.Process) -> None:
        self._socket = socket
        self._process = process
        self._ids = itertools.count(1)

    async def run(self, script: str) -> Any:
        """Return what a script's promise comes to."""
        call = next(self._ids)
        wanted = {"expression": script, "awaitPromise": True, "returnByValue": True}
        await self._socket.send_json({"id": call, "method": "Runtime.evaluate", "params": wanted})
        while True:
            answer = await self._socket.receive_json()
            if answer.get("id") == call:
                return answer["result"]["result"].get("value")

    def cpu_s(self) -> float:
        """Return the processor's seconds of the browser, all of its processes together."""
        browser = psutil.Process(self._process.pid)
        used = 0.0
        for process in [browser, *browser.children(recursive=True)]:
            try:
                times = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            used += times.user + times.system
        return used


@asynccontextmanager
async def browser() -> AsyncIterator[Page]:
    """A Chromium with an empty page."""
    folder = Path(tempfile.mkdtemp())
    process = await asyncio.create_subprocess_exec(
        "chromium", f"--user-data-dir={folder}", *FLAGS, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with aiohttp.ClientSession() as session, asyncio.timeout(300):
            active = folder / "DevToolsActivePort"
            while not active.exists() or not active.read_text().split():
                await asyncio.sleep(0.05)
            port = active.read_text().split()[0]
            async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                pages = [page for page in await answer.json() if page["type"] == "page"]
            async with session.ws_connect(pages[0]["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                yield Page(socket, process)
    finally:
        process.kill()
        await process.wait()
        shutil.rmtree(folder, ignore_errors=True)


async def main() -> None:
    role, seconds = sys.argv[1], float(sys.argv[2])
    async with browser() as page:
        await page.run(PAGE.replace("SECONDS", str(seconds)) + "; 0")
        if role == "receive":
            say(signal=(await page.run("offer()")).encode().hex())
            answer = bytes.fromhex(await heard()).decode()
            await page.run(f"accept({json.dumps(answer)})")
            await page.run("opened.then(() => 0)")
            before = page.cpu_s()
            say(open=True)
            say(**await page.run("counted()"), cpu_s=page.cpu_s() - before)
        else:
            offer = bytes.fromhex(await heard()).decode()
            say(signal=(await page.run(f"answer({json.dumps(offer)})")).encode().hex())
            await page.run("opened.then(() => 0)")
            say(open=True)
            await heard()
            before = page.cpu_s()
            await page.run("pour(); 0")
            await heard()
            say(bytes=await page.run("stopping = true, sent"), cpu_s=page.cpu_s() - before)
        await heard()


if __name__ == "__main__":
    asyncio.run(main())
