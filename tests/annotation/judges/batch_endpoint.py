"""The fake server's Batch API: files, batches and their results, as OpenAI has them."""

from dataclasses import dataclass, field
from typing import Any

import orjson

from tests.annotation.judges.endpoint import Endpoint, Reply, fault


@dataclass
class BatchEndpoint(Endpoint):
    """A batch is done after `looks` looks at it. `lost` answers to making one get lost on their way back."""

    files: dict[str, bytes] = field(default_factory=dict)
    batches: dict[str, dict[str, Any]] = field(default_factory=dict)
    looks: int = 1
    lost: int = 0
    status: str = "completed"
    errors: dict[str, Reply] = field(default_factory=dict)

    def other(self, scope: dict[str, Any], body: bytes) -> Reply:
        method, path = scope["method"], scope["path"].removeprefix("/v1")
        if (method, path) == ("POST", "/files"):
            return self.upload(body)
        if (method, path) == ("POST", "/batches"):
            return self.make(orjson.loads(body))
        if (method, path) == ("GET", "/batches"):
            found = list(reversed(self.batches.values()))
            return said({"object": "list", "data": found, "has_more": False, "first_id": None, "last_id": None})
        if method == "GET" and path.startswith("/batches/"):
            return said(self.looked_at(self.batches[path.removeprefix("/batches/")]))
        if method == "GET" and path.endswith("/content"):
            return 200, self.files[path.split("/")[2]], {"content-type": "application/octet-stream"}
        return fault(404)

    def upload(self, body: bytes) -> Reply:
        part = next(part for part in body.split(b"\r\n--") if b"filename=" in part)
        name = self.keep(part.partition(b"\r\n\r\n")[2])
        return said({"id": name, "object": "file", "bytes": 1, "created_at": 0, "filename": "q", "purpose": "batch"})

    def keep(self, content: bytes) -> str:
        name = f"file-{len(self.files)}"
        self.files[name] = content
        return name

    def make(self, asked: dict[str, Any]) -> Reply:
        made = {"id": f"batch-{len(self.batches)}", "object": "batch", "created_at": 0, "status": "in_progress"}
        self.batches[str(made["id"])] = made | asked | {"looks": 0}
        if self.lost:
            self.lost -= 1
            return fault(500)
        return said(self.batches[str(made["id"])])

    def looked_at(self, batch: dict[str, Any]) -> dict[str, Any]:
        batch["looks"] += 1
        if batch["looks"] >= self.looks and batch["status"] == "in_progress":
            batch["status"] = self.status
            if self.status == "failed":
                batch["errors"] = {"object": "list", "data": [{"code": "token_limit_exceeded", "message": "…"}]}
            else:
                self.answer_all(batch)
        return batch

    def answer_all(self, batch: dict[str, Any]) -> None:
        lines = [orjson.loads(line) for line in self.files[batch["input_file_id"]].splitlines()]
        wrong = lines[: len(self.errors)] if self.status != "expired" else lines[1:]
        output = [line_of(line, self.reply(line["body"])) for line in lines if line not in wrong]
        batch["output_file_id"] = self.keep(b"\n".join(output))
        if self.status != "expired" and wrong:
            replies = zip(wrong, self.errors.values(), strict=True)
            batch["error_file_id"] = self.keep(b"\n".join(line_of(line, reply) for line, reply in replies))


def line_of(line: dict[str, Any], reply: Reply) -> bytes:
    status, content, _ = reply
    response = {"status_code": status, "request_id": "r", "body": orjson.loads(content)}
    return orjson.dumps({"id": "x", "custom_id": line["custom_id"], "response": response, "error": None})


def said(what: dict[str, Any]) -> Reply:
    return 200, orjson.dumps(what), {}
