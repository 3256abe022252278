"""Machines of one computer: network namespaces, each with a host name and an address of its own. Needs root and ip."""

import asyncio
import subprocess
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

BRIDGE, SERVER = "xwmachines", "10.77.9.1"


@contextmanager
def machines(names: Sequence[str]) -> Iterator[None]:
    """Namespaces of these names, joined by a bridge at whose end is this machine, at SERVER."""
    ip("link", "add", BRIDGE, "type", "bridge")
    try:
        ip("addr", "add", f"{SERVER}/24", "dev", BRIDGE)
        ip("link", "set", BRIDGE, "up")
        for number, name in enumerate(names, 2):
            join(name, f"10.77.9.{number}/24")
        yield
    finally:
        for name in names:
            ip("netns", "delete", name, must=False)
        ip("link", "delete", BRIDGE, must=False)


def join(name: str, address: str) -> None:
    ip("netns", "add", name)
    ip("link", "add", f"{name}-out", "type", "veth", "peer", "name", "eth0", "netns", name)
    ip("link", "set", f"{name}-out", "master", BRIDGE, "up")
    for words in (("addr", "add", address, "dev", "eth0"), ("link", "set", "eth0", "up"), ("link", "set", "lo", "up")):
        ip("-n", name, *words)


def on(name: str, command: Sequence[str]) -> list[str]:
    """The command as it runs on the machine of this name, which is also what it is told as its host's."""
    named = ["unshare", "--uts", "sh", "-c", 'hostname "$0" && exec "$@"', name]
    return ["ip", "netns", "exec", name, *named, *command]


def ip(*words: str, must: bool = True) -> None:
    subprocess.run(["ip", *words], check=must, capture_output=not must)


@contextmanager
def forwarded(ports: Mapping[int, Path]) -> Iterator[None]:
    """What comes to a port of SERVER goes to a unix socket: embedded servers listen on no network."""
    loop, ready = asyncio.new_event_loop(), threading.Event()

    async def listen() -> None:
        for port, path in ports.items():
            await asyncio.start_server(to(path), SERVER, port)
        ready.set()

    def run() -> None:
        loop.run_until_complete(listen())
        loop.run_forever()

    threading.Thread(target=run, daemon=True).start()
    assert ready.wait(10), "the ports are taken"
    try:
        yield
    finally:
        loop.call_soon_threadsafe(loop.stop)


def to(path: Path) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    async def both(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        beyond_reader, beyond_writer = await asyncio.open_unix_connection(path)
        await asyncio.gather(pipe(reader, beyond_writer), pipe(beyond_reader, writer))

    return both


async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while part := await reader.read(65536):
            writer.write(part)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()
