"""A small HTTP proxy that knows CONNECT alone (RFC 9110 section 9.3.6), as a process of its own: what stands at firms.

Prints its port, then one JSON line for each request: the target, whether there was a login, and the answer. A login
itself is never printed.
"""

import argparse
import asyncio
import base64
import contextlib
import json

STATUS = {200: "Connection established", 403: "Forbidden", 407: "Proxy Authentication Required", 502: "Bad Gateway"}


class ConnectProxy:
    """Opens tunnels for those it knows, to the ports it allows."""

    def __init__(self, *, login: str, ports: frozenset[int], to: str) -> None:
        self._login = f"Basic {base64.b64encode(login.encode()).decode()}" if login else ""
        self._ports = ports
        self._to = to

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            await self._answer(reader, writer)
        writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head, *fields = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, target, _ = head.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
        login = headers.get("proxy-authorization", "")
        host, _, port = target.rpartition(":")
        upstream = None
        if self._login and login != self._login:
            status = 407
        elif method != "CONNECT" or (self._ports and int(port) not in self._ports):
            status = 403
        else:
            upstream = await _connected(self._to or host.strip("[]"), int(port))
            status = 200 if upstream else 502
        print(json.dumps({"target": target, "has_login": bool(login), "status": status}), flush=True)
        asks = 'Proxy-Authenticate: Basic realm="firm"\r\n' if status == 407 else ""
        length = "" if status == 200 else "Content-Length: 0\r\n"
        writer.write(f"HTTP/1.1 {status} {STATUS[status]}\r\n{asks}{length}\r\n".encode())
        if upstream:
            await _join((reader, writer), upstream)


Way = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _connected(host: str, port: int) -> Way | None:
    try:
        return await asyncio.wait_for(asyncio.open_connection(host, port), 5)
    except (OSError, TimeoutError):
        return None


async def _join(one: Way, other: Way) -> None:
    async with asyncio.TaskGroup() as pumps:
        pumps.create_task(_pump(one[0], other[1]))
        pumps.create_task(_pump(other[0], one[1]))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()


async def main() -> None:
    words = argparse.ArgumentParser()
    words.add_argument("--listen", default="127.0.0.1")
    words.add_argument("--port", type=int, default=0)
    words.add_argument("--login", default="", help="NAME:PASSWORD")
    words.add_argument("--only-port", type=int, action="append", default=[])
    words.add_argument("--to", default="", help="where every name leads")
    chosen = words.parse_args()
    proxy = ConnectProxy(login=chosen.login, ports=frozenset(chosen.only_port), to=chosen.to)
    server = await asyncio.start_server(proxy.serve, chosen.listen, chosen.port)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
