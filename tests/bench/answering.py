"""`python -m tests.bench.answering SECONDS`: a chat endpoint that answers each question after so long, and counts.

It prints its address, and at the end of its input how busy it was kept. A protocol without a framework, so that the
server is not what is measured.
"""

import asyncio
import sys
from dataclasses import dataclass
from typing import cast

import orjson
import uvloop

RATIONALE = "Both responses try to help; the first one answers what was asked and gives its reasons. " * 6
BODY = orjson.dumps(
    {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 0,
        "model": "bench-judge",
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": f"{RATIONALE}\nVerdict: =", "refusal": None},
            }
        ],
        "usage": {"prompt_tokens": 900, "completion_tokens": 120, "total_tokens": 1020},
    }
)
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(BODY) + BODY
LENGTH = b"content-length:"


@dataclass
class Seen:
    """`spent` is the time that questions spent here, summed; `first` and `last` of the loop's seconds."""

    calls: int = 0
    at_once: int = 0
    most_at_once: int = 0
    spent: float = 0.0
    first: float = 0.0
    last: float = 0.0


class Answering(asyncio.Protocol):
    def __init__(self, seen: Seen, seconds: float) -> None:
        self.seen, self.seconds, self.waiting = seen, seconds, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport, self.loop = cast(asyncio.Transport, transport), asyncio.get_running_loop()

    def data_received(self, data: bytes) -> None:
        self.waiting += data
        head, found, body = self.waiting.partition(b"\r\n\r\n")
        if found and len(body) >= int(head.lower().partition(LENGTH)[2].split(b"\r\n")[0]):
            self.waiting, now, seen = b"", self.loop.time(), self.seen
            seen.first = seen.first or now
            seen.at_once += 1
            seen.most_at_once = max(seen.most_at_once, seen.at_once)
            self.loop.call_later(self.seconds, self.answer, now)

    def answer(self, came: float) -> None:
        seen = self.seen
        seen.calls += 1
        seen.at_once -= 1
        seen.last = self.loop.time()
        seen.spent += seen.last - came
        self.transport.write(ANSWER)


async def serve(seconds: float) -> None:
    loop, seen = asyncio.get_running_loop(), Seen()
    server = await loop.create_server(lambda: Answering(seen, seconds), "127.0.0.1", 0, backlog=1024)
    say({"address": f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"})
    await loop.run_in_executor(None, sys.stdin.read)
    say(
        {
            "calls": seen.calls,
            "most_at_once": seen.most_at_once,
            "seconds": seen.last - seen.first,
            "spent": seen.spent,
        }
    )
    server.close()


def say(what: dict[str, object]) -> None:
    sys.stdout.write(f"{orjson.dumps(what).decode()}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    uvloop.run(serve(float(sys.argv[1])))
