"""How the client library reaches an endpoint: through aiohttp, at a third of the processor time of its own way.

No redirect is followed, no private address is connected to unless it was allowed, and no answer is read beyond reason.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx2
from openai import AsyncOpenAI

from annotation.judges.client import calls
from annotation.judges.client.endpoints import Access
from studio.ssrf import AddressRefused, check_literal, public_socket

MOST_BYTES = 32 * 2**20
# Those of the connection, which aiohttp sets itself; and it has unpacked what was packed.
ITS_OWN = {"host", "connection", "content-length", "transfer-encoding", "accept-encoding"}
UNPACKED = {"content-encoding", "content-length", "transfer-encoding"}


class Transport(httpx2.AsyncBaseTransport):
    """One endpoint's connections, as many as there are questions under way."""

    def __init__(self, access: Access, most_bytes: int) -> None:
        parts = urlsplit(access.base_url)
        self.host, self.access, self.most_bytes = parts.hostname or "", access, most_bytes
        self.proxy = None if proxy_bypass(self.host) else getproxies().get(parts.scheme)
        self.timeout = aiohttp.ClientTimeout(total=calls.WHOLE, sock_connect=calls.CONNECTS, sock_read=calls.TIMEOUT)
        # A proxy's own address is the environment's choice, and which addresses lie behind it is for the proxy to say.
        checked = None if access.allow_private or self.proxy else public_socket
        connector = aiohttp.TCPConnector(limit=0, socket_factory=checked)
        self.session = aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), timeout=self.timeout
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        with as_httpx_says():
            if not self.access.allow_private:
                # Before anything is looked up or sent, and where a proxy would connect for us.
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
