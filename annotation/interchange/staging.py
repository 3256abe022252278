"""Entries into the database in bulk: COPY into temporary tables, then one INSERT … SELECT for each noun.

Everything here but `finish` runs inside the caller's transaction. Rows that are there already are left as they are, so
the same entries twice add nothing. What becomes of the judgments is said in `staged_judgments`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from annotation.interchange.entries import Answer, Call, Entry, Rating, Verdict
from annotation.interchange.staged_judgments import judge_known_pairs, judge_made_pairs
from annotation.models import Author, Collection, Judgment
from annotation.models.prompts import Message, digest, flatten
from annotation.models.responses import text_digest
from annotation.review.pairing import inserting, turn_of
from studio.database.bounds import IMPORTS, afresh
from studio.database.copy import copy
from studio.database.turns import take

CALL = (
    "shown text, grade smallint, scores jsonb, raw text, error text, model text, digest text, created_at timestamptz"
)
TABLES = {
    "staged_prompts": "entry int, digest text, messages jsonb, text text, category text, metadata jsonb",
    "staged_responses": "entry int, slot smallint, prompt_digest text, author_id bigint, text text, digest text,"
    " length int, metadata jsonb",
    "staged_references": "entry int, digest text, reference jsonb",
    "staged_scores": "entry int, slot smallint, author_id bigint, value double precision",
    "staged_ratings": "entry int, slot smallint, author_id bigint, value double precision",
    "staged_pairs": "entry int, source text, metadata jsonb",
    "found_response": "entry int, slot smallint, response_id bigint, prompt_id bigint",
    "found_pair": "entry int, pair_id bigint, kept_order boolean",
    "made_pair": "pair_id bigint PRIMARY KEY",
    "staged_judgments": "entry int, author_id bigint, state text, grade smallint, preference double precision,"
    " both_bad boolean, shown text, consistent boolean, rationale text,"
    " seconds double precision, error text, details jsonb, created_at timestamptz",
    "staged_calls": f"entry int, slot smallint, author_id bigint, {CALL}",
    "staged_failures": f"entry int, slot smallint, author_id bigint, {CALL}",
}
STAGED = [table for table in TABLES if table.startswith("staged")]
# Whoever makes authors and keeps them to himself for the length of a file does so in this turn.
NEW_AUTHORS = "annotation.authors of a file"
# They outlive the transaction, for what is put by; nothing else here makes any.
DROPPED = "DISCARD TEMP"
MADE = ";".join([DROPPED, *(f"CREATE TEMPORARY TABLE {name} ({columns})" for name, columns in TABLES.items())])
# Pairs that an earlier chunk has made are this import's own, too.
EMPTY = f"TRUNCATE {', '.join(name for name in TABLES if name != 'made_pair')}"
ANALYSED = "ANALYZE staged_prompts, staged_responses"

# With + 0 no index by author is read whole for each row: see `annotation.models.row_estimates.unindexed`.
# Rows that are known are passed over before the insert: PostgreSQL would make their search vectors only to drop them.
PROMPTS = """
INSERT INTO annotation_prompt (project_id, collection_id, messages, digest, text, category, metadata, created_at)
SELECT %(project)s, %(collection)s, messages, digest, text, category, metadata, now() FROM staged_prompts staged
WHERE NOT EXISTS (SELECT 1 FROM annotation_prompt known
                  WHERE known.collection_id = %(collection)s AND known.digest = staged.digest)
ORDER BY entry
ON CONFLICT (collection_id, digest) DO NOTHING
"""
REFERENCES = """
UPDATE annotation_prompt SET metadata = metadata || jsonb_build_object('reference', staged.reference)
FROM staged_references staged
WHERE collection_id = %(collection)s AND annotation_prompt.digest = staged.digest
  AND metadata->'reference' IS DISTINCT FROM staged.reference
"""
RESPONSES = """
INSERT INTO annotation_response (project_id, prompt_id, author_id, text, digest, length, metadata, created_at)
SELECT %(project)s, prompt.id, staged.author_id, staged.text, staged.digest, staged.length, staged.metadata, now()
FROM staged_responses staged
JOIN annotation_prompt prompt ON prompt.collection_id = %(collection)s AND prompt.digest = staged.prompt_digest
WHERE NOT EXISTS (SELECT 1 FROM annotation_response known WHERE known.prompt_id = prompt.id
                  AND known.author_id + 0 = staged.author_id AND known.digest = staged.digest)
ORDER BY entry, slot
ON CONFLICT (prompt_id, author_id, digest) DO NOTHING
"""
FIND_RESPONSES = """
INSERT INTO found_response
SELECT staged.entry, staged.slot, response.id, prompt.id
FROM staged_responses staged
JOIN annotation_prompt prompt ON prompt.collection_id = %(collection)s AND prompt.digest = staged.prompt_digest
JOIN annotation_response response
  ON response.prompt_id = prompt.id AND response.author_id + 0 = staged.author_id AND response.digest = staged.digest
"""
SCORES = """
INSERT INTO annotation_score (project_id, response_id, author_id, value, created_at)
SELECT %(project)s, found.response_id, staged.author_id, staged.value, now()
FROM staged_scores staged JOIN found_response found USING (entry, slot)
ON CONFLICT (response_id, author_id) DO NOTHING
"""
# Of several ratings of one response by one judge the last counts, as it does for figures from files.
RATINGS = """
INSERT INTO annotation_score (project_id, response_id, author_id, value, created_at)
SELECT DISTINCT ON (found.response_id, staged.author_id)
       %(project)s::bigint, found.response_id, staged.author_id, staged.value, now()
FROM staged_ratings staged JOIN found_response found USING (entry, slot)
ORDER BY found.response_id, staged.author_id, staged.entry DESC
ON CONFLICT (response_id, author_id) DO UPDATE SET value = excluded.value
  WHERE annotation_score.value IS DISTINCT FROM excluded.value
"""
PAIRS = """
SELECT staged.entry, one.prompt_id, one.response_id AS one, other.response_id AS other, staged.source, staged.metadata,
       now() AS created_at
FROM staged_pairs staged
JOIN found_response one ON one.entry = staged.entry AND one.slot = 0
JOIN found_response other ON other.entry = staged.entry AND other.slot = 1
"""
# Which of them are new, so that nobody else knows them.
MADE_PAIRS = f"""
WITH made AS ({inserting(PAIRS, order="met.entry")} RETURNING id)
INSERT INTO made_pair SELECT id FROM made
"""
# Those that a run made of scores, to train on, are there to be compared from now on.
FIND_PAIRS = """
WITH found AS (
    INSERT INTO found_pair
    SELECT staged.entry, pair.id, one.response_id = pair.left_id
    FROM staged_pairs staged
    JOIN found_response one ON one.entry = staged.entry AND one.slot = 0
    JOIN found_response other ON other.entry = staged.entry AND other.slot = 1
    JOIN annotation_pair pair ON pair.left_id = least(one.response_id, other.response_id)
                             AND pair.right_id = greatest(one.response_id, other.response_id)
    RETURNING pair_id
)
UPDATE annotation_pair SET to_compare = true FROM found
WHERE annotation_pair.id = found.pair_id AND NOT annotation_pair.to_compare
"""
MERGES = [
    ("prompts", PROMPTS),
    ("references", REFERENCES),
    ("responses", RESPONSES),
    ("", FIND_RESPONSES),
    ("scores", SCORES),
    ("ratings", RATINGS),
    ("pairs", MADE_PAIRS),
    ("", FIND_PAIRS),
]
# Few files have any of these.
RARE = {"references", "ratings"}


@dataclass
class Tally:
    """How many of each noun the entries named, and how many of those were new."""

    named: dict[str, int] = field(default_factory=dict)
    added: dict[str, int] = field(default_factory=dict)

    def count(self, noun: str, named: int, added: int) -> None:
        self.named[noun] = self.named.get(noun, 0) + named
        self.added[noun] = self.added.get(noun, 0) + added

    @property
    def known(self) -> dict[str, int]:
        """Those that were there already, or that the entries named more than once."""
        return {noun: self.named[noun] - self.added[noun] for noun in self.named}


class Staging:
    """Temporary tables for one import into one collection. They are made in the caller's transaction."""

    def __init__(self, collection: Collection) -> None:
        self.collection = collection
        self.tally = Tally()
        self.n_entries = 0
        self.authors: dict[tuple[str, str], int] = {}
        with connection.cursor() as cursor:
            # Whoever waits here waits for another import. What can be planned badly has a bound of its own.
            cursor.execute("SET LOCAL statement_timeout = 0")
            take(turn_of(collection.pk))
            cursor.execute(MADE)

    def add(self, entries: list[Entry]) -> None:
        """Merge a chunk. Raises Overdue."""
        with connection.cursor() as cursor:
            cursor.execute(EMPTY)
            named = self.stage(cursor, entries)
            cursor.execute(ANALYSED)
            added = afresh(lambda: self.merge(cursor, named), IMPORTS)
            for noun, n in added.items():
                self.tally.count(noun, named[f"staged_{noun}"], n)

    def merge(self, cursor: Any, named: dict[str, int]) -> dict[str, int]:
        """What is staged into the studio's own tables; how many rows of each noun were new."""
        added = {}
        of_collection = {"collection": self.collection.pk, "project": self.collection.project_id}
        for noun, statement in MERGES:
            if noun in RARE and not named[f"staged_{noun}"]:
                continue
            cursor.execute(statement, of_collection)
            if noun:
                added[noun] = cursor.rowcount
        return added | judge_made_pairs(cursor, named)

    def finish(self, *, keep: bool) -> None:
        """What the entries say of pairs that were there before them, in short transactions. Without `keep` it is
        counted only."""
        for added in judge_known_pairs(keep=keep):
            for noun, n in added.items():
                self.tally.count(noun, 0, n)

    def close(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(DROPPED)

    def stage(self, cursor: Any, entries: list[Entry]) -> dict[str, int]:
        """Fill the staging tables; how many rows each got."""
        rows: dict[str, list[tuple[Any, ...]]] = {table: [] for table in STAGED}
        for number, entry in enumerate(entries, self.n_entries):
            for table, row in self.rows(entry):
                rows[table].append((number, *row))
        self.n_entries += len(entries)
        for table in STAGED:
            copy(cursor, table, rows[table])
        return {table: len(rows[table]) for table in STAGED}

    def rows(self, entry: Entry) -> Iterator[tuple[str, tuple[Any, ...]]]:
        """The entry as rows of the staging tables; a pair's metadata is the pair's own."""
        messages: list[Message] = [{"role": turn.role, "content": turn.content} for turn in entry.prompt]
        key = digest(messages)
        metadata = {} if entry.paired else entry.metadata
        yield "staged_prompts", (key, messages, flatten(messages), entry.category, metadata)
        if entry.reference:
            yield "staged_references", (key, entry.reference)
        for slot, answer in enumerate(entry.responses):
            yield "staged_responses", (slot, key, *self.response(answer))
            for name, value in answer.scores.items():
                yield "staged_scores", (slot, self.author(Author.Kind.REWARD_MODEL, name), value)
            for rating in answer.ratings:
                yield from self.rating(slot, rating)
        if entry.paired:
            yield "staged_pairs", (entry.source, entry.metadata)
        for verdict in entry.judgments:
            yield "staged_judgments", self.judgment(verdict)
            yield from self.calls(None, self.author(verdict.kind, verdict.author, verdict.judge), verdict.calls)

    def response(self, answer: Answer) -> tuple[Any, ...]:
        author = self.author(answer.kind, answer.author)
        return author, answer.text, text_digest(answer.text), len(answer.text), answer.metadata

    def rating(self, slot: int, rating: Rating) -> Iterator[tuple[str, tuple[Any, ...]]]:
        author = self.author(Author.Kind.JUDGE, rating.author, rating.judge)
        if rating.points is not None:
            yield "staged_ratings", (slot, author, rating.points)
        yield from self.calls(slot, author, rating.calls)

    def calls(self, slot: int | None, author: int, calls: list[Call]) -> Iterator[tuple[str, tuple[Any, ...]]]:
        """A judge's answers; those that could not be read stand apart, so that they are counted as such."""
        for call in calls:
            read = call.shown, call.grade, call.scores, call.raw, call.error, call.model, call.digest, call.created_at
            yield "staged_failures" if call.error else "staged_calls", (slot, author, *read)

    def judgment(self, verdict: Verdict) -> tuple[Any, ...]:
        state = Judgment.State.FAILED if verdict.grade is None else Judgment.State.VALID
        return (
            self.author(verdict.kind, verdict.author, verdict.judge),
            state.value,
            verdict.grade,
            verdict.preference,
            verdict.both_bad,
            verdict.shown,
            verdict.consistent,
            verdict.rationale,
            verdict.seconds,
            verdict.error,
            verdict.details,
            verdict.created_at,
        )

    def author(self, kind: str, name: str, details: dict[str, Any] | None = None) -> int:
        """The id of an author, made at the first mention with what is known of it."""
        known = self.authors.get((kind, name))
        if known is None:
            named = Author.objects.filter(kind=kind, name=name)
            if not named.exists():
                # Two imports that make the same authors in different orders would wait for each other for ever.
                take(NEW_AUTHORS)
            author, _ = named.get_or_create(kind=kind, name=name, defaults={"details": details or {}})
            known = self.authors[kind, name] = author.pk
        return known
