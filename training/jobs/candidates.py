"""A prompt's scored responses, best first, one prompt after the other out of files that are too large for memory.

A SQLite file in the run directory knows where in the input each response begins. Neither the responses of a prompt nor
the scores need to lie together or in one order.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from training.jobs import score_files
from training.jobs.score_files import FLOAT, packed
from training.rundir import located_records
from training.specs.answers import Combine, Normalise

Record = dict[str, Any]

SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE responses (place INTEGER PRIMARY KEY, prompt_id, response_id, score BLOB, category TEXT);
"""
OWN = "SELECT place, prompt_id, category, score FROM responses WHERE score IS NOT NULL"
LOOKED_UP = "SELECT place, prompt_id, category, scores.score FROM responses JOIN scores USING (response_id)"
FIRST = """CREATE TABLE prompts AS
SELECT prompt_id, min(place) AS first, count(*) AS responses, max(category) AS category FROM scored GROUP BY 1"""
# Prompts in the order of the input, and so each one's responses.
ORDERED = "SELECT first, place, score FROM prompts JOIN scored USING (prompt_id) ORDER BY first, place"


class Response(msgspec.Struct):
    """What of a response's record says where it belongs."""

    prompt_id: Any
    response_id: Any = None
    score: float | None = None
    category: str = ""


@dataclass(frozen=True)
class Scored:
    """`response_id` is as its record has it: a number where it came out of the database. `source` wrote it."""

    text: str
    score: float
    response_id: Any = None
    source: str = ""


@dataclass
class Candidates:
    """One prompt's scored responses, best first."""

    prompt_id: Any
    prompt: Any
    responses: list[Scored]
    split: str | None = None

    @property
    def asked(self) -> Record:
        """What every record of this prompt says; also whether it is held out, where the responses say so."""
        said = {"prompt_id": self.prompt_id, "prompt": self.prompt}
        return said | ({"split": self.split} if self.split else {})

    def demonstration(self, response: Scored) -> Record:
        return self.asked | {
            "response": response.text,
            "score": response.score,
        }

    def preference(self, chosen: Scored, rejected: Scored) -> Record:
        return self.asked | {
            "chosen": chosen.text,
            "rejected": rejected.text,
            "chosen_id": chosen.response_id,
            "rejected_id": rejected.response_id,
            "margin": chosen.score - rejected.score,
        }


class ScoredResponses:
    """The responses of a file, with their own scores or with those of other files, whose last word counts."""

    def __init__(
        self,
        index: Path,
        responses: Path,
        scores: Sequence[Path] = (),
        combine: Combine = "mean",
        normalise: Normalise = "none",
    ) -> None:
        index.parent.mkdir(parents=True, exist_ok=True)
        index.unlink(missing_ok=True)
        self.path = responses
        self.index = sqlite3.connect(index)
        self.index.executescript(SCHEMA)
        found = located_records(responses, Response)
        self.index.executemany(
            "INSERT INTO responses VALUES (?, ?, ?, ?, ?)",
            ((place, one.prompt_id, one.response_id, packed(one.score), one.category) for place, one in found),
        )
        if scores:
            score_files.combine_into(self.index, scores, combine, normalise)
        self.index.execute(f"CREATE TEMPORARY VIEW scored AS {LOOKED_UP if scores else OWN}")
        self.index.execute(FIRST)

    @property
    def without_score(self) -> int:
        (number,) = self.index.execute(
            "SELECT (SELECT count(*) FROM responses) - (SELECT coalesce(sum(responses), 0) FROM prompts)"
        ).fetchone()
        return int(number)

    @property
    def sizes(self) -> list[int]:
        """How many scored responses each prompt has, in the order of the prompts."""
        return [size for (size,) in self.index.execute("SELECT responses FROM prompts ORDER BY first")]

    def beyond(self, quota: int, seed: int) -> set[int]:
        """The prompts, by the place of their first response, that are left out where each category has `quota`."""
        members = defaultdict[str, list[int]](list)
        for first, category in self.index.execute("SELECT first, category FROM prompts ORDER BY first"):
            members[category].append(first)
        chance = Random(seed)
        return {first for ones in members.values() for first in chance.sample(ones, len(ones))[quota or len(ones) :]}

    def by_prompt(self, length_penalty: float, left_out: Container[int] = ()) -> Iterator[Candidates]:
        """Prompts in the order of the input. Each character of a response costs `length_penalty` of its score."""
        with self.path.open("rb") as file:
            for first, rows in groupby(self.index.execute(ORDERED), key=itemgetter(0)):
                if first in left_out:
                    continue
                prompt = record_at(file, first)
                found = []
                for _, place, packed_score in rows:
                    record = record_at(file, place)
                    text = record["response"]
                    (score,) = FLOAT.unpack(packed_score)
                    cost = length_penalty * len(text)
                    found.append(Scored(text, score - cost, record.get("response_id"), record.get("source", "")))
                found.sort(key=lambda one: -one.score)
                yield Candidates(prompt["prompt_id"], prompt["prompt"], found, prompt.get("split"))


def record_at(file: Any, place: int) -> Record:
    file.seek(place)
    return msgspec.json.decode(file.readline(), type=Record)
