"""Long answers, sent as they are made."""

from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse


def download(
    request: HttpRequest, blocks: Iterator[bytes], content_type: str, name: str, n_rows: int | None = None
) -> StreamingHttpResponse:
    """A file made while it is sent; X-Rows says beforehand how many rows it will have."""
    # Django collects a plain iterator whole before an ASGI server may send its first byte.
    body = threaded(blocks) if isinstance(request, ASGIRequest) else blocks
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Accel-Buffering": "no"}
    if n_rows is not None:
        headers["X-Rows"] = str(n_rows)
    return StreamingHttpResponse(body, content_type=content_type, headers=headers)


async def threaded(blocks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Each block made in the request's own thread, where its database connection lives."""
    following = sync_to_async(lambda: next(blocks, None))
    while (block := await following()) is not None:
        yield block
