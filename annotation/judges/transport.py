"""How the client library reaches an endpoint: through aiohttp, at a third of the processor time of its own way.

No redirect is followed, no private address is connected to unless it was allowed, and no answer is read beyond reason.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx2
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from openai import AsyncOpenAI

from annotation.addresses import AddressRefused, check_literal, is_public
from annotation.judges import client
from annotation.judges.endpoints import Access

MOST_BYTES = 32 * 2**20
# Those of the connection, which aiohttp sets itself; and it has unpacked what was packed.
ITS_OWN = {"host", "connection", "content-length", "transfer-encoding", "accept-encoding"}
UNPACKED = {"content-encoding", "content-length", "transfer-encoding"}


class PublicOnly(AbstractResolver):
    """Resolves the endpoint's name to public addresses or not at all. A proxy's name is let through."""

    def __init__(self, host: str) -> None:
        self.host, self.inner = host, ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self.inner.resolve(host, port, family)
        if host == self.host and not all(is_public(one["host"]) for one in found):
            raise AddressRefused(f"{host} is a private address.")
        return found

    async def close(self) -> None:
        await self.inner.close()


class Transport(httpx2.AsyncBaseTransport):
    """One endpoint's connections, as many as there are questions under way."""

    def __init__(self, access: Access, most_bytes: int) -> None:
        parts = urlsplit(access.base_url)
        self.host, self.access, self.most_bytes = parts.hostname or "", access, most_bytes
        self.proxy = None if proxy_bypass(self.host) else getproxies().get(parts.scheme)
        self.timeout = aiohttp.ClientTimeout(
            total=client.WHOLE, sock_connect=client.CONNECTS, sock_read=client.TIMEOUT
        )
        resolver = None if access.allow_private else PublicOnly(self.host)
        connector = aiohttp.TCPConnector(limit=0, resolver=resolver)
        self.session = aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), timeout=self.timeout
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        with as_httpx_says():
            if not self.access.allow_private:
                # The resolver is not asked about what is an address already.
                check_literal(self.host)
            async with self.session.request(
                request.method,
                str(request.url),
                headers={name: value for name, value in request.headers.items() if name not in ITS_OWN},
                data=await request.aread() or None,
                allow_redirects=False,
                proxy=self.proxy,
            ) as response:
                body = await whole(response, self.most_bytes)
        headers = {name: value for name, value in response.headers.items() if name.lower() not in UNPACKED}
        return httpx2.Response(response.status, headers=headers, content=body, request=request)

    async def aclose(self) -> None:
        await self.session.close()


async def whole(response: aiohttp.ClientResponse, most: int) -> bytes:
    pieces, size = [], 0
    async for piece in response.content.iter_any():
        pieces.append(piece)
        size += len(piece)
        if size > most:
            raise httpx2.RemoteProtocolError(f"An answer of more than {most} bytes.")
    return b"".join(pieces)


@contextmanager
def as_httpx_says() -> Iterator[None]:
    """aiohttp's errors as those that the client library knows."""
    try:
        yield
    except (aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorError, AddressRefused) as error:
        raise httpx2.ConnectError(str(error)) from error
    except (TimeoutError, aiohttp.ServerTimeoutError) as error:
        raise httpx2.ReadTimeout(str(error)) from error
    except (aiohttp.ClientError, OSError) as error:
        raise httpx2.ReadError(str(error)) from error


def connect(access: Access, most_bytes: int = MOST_BYTES) -> AsyncOpenAI:
    """Within a running event loop. It asks once: who asks again, and where, is decided elsewhere."""
    http = httpx2.AsyncClient(transport=Transport(access, most_bytes), timeout=None, follow_redirects=False)
    return AsyncOpenAI(api_key=access.key, base_url=access.base_url, max_retries=0, http_client=http)
