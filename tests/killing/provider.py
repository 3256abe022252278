"""A provider of judgments that is paid for every answer."""

from collections import Counter
from typing import Any

from tests.annotation.judges.endpoint import Endpoint, Reply


class Answering(Endpoint):
    """`paid` counts its answers by what was asked."""

    def __init__(self) -> None:
        super().__init__(verdict=lambda first, second: "Verdict: =", seconds=0.5)
        self.paid = Counter[str]()

    def reply(self, request: dict[str, Any]) -> Reply:
        self.paid[request["messages"][-1]["content"]] += 1
        return super().reply(request)
