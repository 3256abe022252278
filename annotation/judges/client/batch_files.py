"""Files of questions and of answers, as OpenAI's Batch API has them: one JSON object a line, named by `custom_id`."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Self
from uuid import UUID

import httpx2
import msgspec
import openai
from msgspec import Struct
from openai import AsyncOpenAI

from annotation.judges.client import chat, errors, transport
from annotation.judges.client.calls import Answer, BatchRefused, CallFailed, Fault
from annotation.judges.client.endpoints import Access

TOKEN = "studio"
ENDED = {"completed", "expired", "cancelled"}
MOST_BYTES = 2**30
# How far back a batch that may have been made is looked for.
PAGES = 5


class Reply(Struct):
    status_code: int = 0
    body: msgspec.Raw = msgspec.Raw(b"null")


class BatchError(Struct):
    code: str | None = None


class BatchAnswer(Struct):
    """One answer of an output or an error file."""

    custom_id: str
    response: Reply | None = None
    error: BatchError | None = None


class BatchClient:
    """The batches of one endpoint. Whatever it does raises CallFailed."""

    def __init__(self, access: Access, model: str, connection: AsyncOpenAI) -> None:
        self.access, self.model, self.connection = access, model, connection

    @classmethod
    async def opened(cls, access: Access, model: str) -> Self:
        return cls(access, model, transport.connect(access, MOST_BYTES))

    async def close(self) -> None:
        await self.connection.close()

    @asynccontextmanager
    async def named_errors(self) -> AsyncIterator[None]:
        try:
            yield
        except openai.NotFoundError as error:
            says = f"{self.access} has no Batch API, or not this batch (404)."
            raise CallFailed(says, Fault.REQUEST, stops=True) from error
        except openai.APIError as error:
            raise errors.named(error, self.access, self.model) from error

    async def submit(self, token: UUID, questions: Mapping[str, Mapping[str, Any]]) -> str:
        """Upload the questions and make a batch of them; its id."""
        async with self.named_errors():
            file = await self.connection.files.create(file=("questions.jsonl", written(questions)), purpose="batch")
            batch = await self.connection.batches.create(
                input_file_id=file.id,
                endpoint="/v1/chat/completions",
                completion_window="24h",
                metadata={TOKEN: str(token)},
            )
            return batch.id

    async def find(self, token: UUID) -> str:
        """The id of the batch with this token; empty where there is none."""
        async with self.named_errors():
            page = await self.connection.batches.list(limit=100)
            for _ in range(PAGES):
                for batch in page.data:
                    if batch.metadata and batch.metadata.get(TOKEN) == str(token):
                        return batch.id
                if not page.has_next_page():
                    break
                page = await page.get_next_page()
            return ""

    async def results(self, batch_id: str) -> dict[str, Answer | CallFailed] | None:
        """What each question came to, by name; None while the batch is at work."""
        async with self.named_errors():
            batch = await self.connection.batches.retrieve(batch_id)
            if batch.status == "failed":
                raise BatchRefused(f"{self.access} could not take the batch{codes(batch)}.", Fault.REQUEST, stops=True)
            if batch.status not in ENDED:
                return None
            found: dict[str, Answer | CallFailed] = {}
            for file in filter(None, (batch.error_file_id, batch.output_file_id)):
                content = await self.connection.files.content(file)
                found |= dict(self.read(line) for line in content.content.splitlines() if line.strip())
            return found

    def read(self, text: bytes) -> tuple[str, Answer | CallFailed]:
        try:
            line = msgspec.json.decode(text, type=BatchAnswer)
        except msgspec.DecodeError:
            return "", CallFailed(f"{self.access}'s answer cannot be read: it was cut or is no JSON.", Fault.CUT)
        try:
            return line.custom_id, self.answer(line)
        except CallFailed as failure:
            return line.custom_id, failure

    def answer(self, line: BatchAnswer) -> Answer:
        if line.response is None or not line.response.status_code:
            code = line.error.code if line.error else None
            says = f" ({code})" if code and errors.WORD.fullmatch(code) else ""
            raise CallFailed(f"{self.access} ended the batch without an answer to this{says}.", Fault.TIMEOUT)
        body = bytes(line.response.body)
        if line.response.status_code == httpx2.codes.OK:
            return replace(chat.read(body, self.access, self.model, 0.0), share=self.access.batch_share)
        raise errors.named(by_status(line.response.status_code, body), self.access, self.model)


def written(questions: Mapping[str, Mapping[str, Any]]) -> bytes:
    common = {"method": "POST", "url": "/v1/chat/completions"}
    return b"".join(
        msgspec.json.encode({"custom_id": name, **common, "body": body}) + b"\n" for name, body in questions.items()
    )


def by_status(status: int, body: bytes) -> openai.APIStatusError:
    """An error line as the client library would have raised it."""
    response = httpx2.Response(status, content=body, request=httpx2.Request("POST", "https://batch.invalid"))
    try:
        told = response.json()
    except ValueError:
        told = None
    error = told.get("error", told) if isinstance(told, dict) else None
    says = str(error.get("message", "")) if isinstance(error, dict) else ""
    return openai.APIStatusError(says, response=response, body=error)


def codes(batch: Any) -> str:
    found = [one.code for one in (batch.errors.data if batch.errors else None) or []]
    words = [code for code in dict.fromkeys(found) if code and errors.WORD.fullmatch(code)]
    return f" ({', '.join(words)})" if words else ""
