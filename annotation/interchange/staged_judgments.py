"""The judgments of staged entries, and the answers beneath them, into the studio's tables under the pairs' locks.

Nobody else knows a pair that the same import has made: its judgments are written with it. A pair that was there before
may be judged by somebody at the same moment, and an import of a large file takes minutes. What the file says of such
pairs is therefore put by until the rest is in and committed, and then written a few pairs at a time, in a transaction
for each few. Whoever judges one of these pairs meanwhile waits for these few, never for the file.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection, transaction

from annotation.review.pair_lock import changing, recount
from studio.projects.scope import here

# So many pairs are locked at once, for about a tenth of a second.
AT_ONCE = 1_000

# Pairs of staged judgments, and whether this import has made them.
JUDGED = """
SELECT DISTINCT pair_id, EXISTS (SELECT 1 FROM made_pair made WHERE made.pair_id = found.pair_id)
FROM found_pair found JOIN staged_judgments USING (entry)
"""
# Entries that say something new of these pairs. The same file twice puts nothing by, and locks no pair.
SAYS_MORE = """
SELECT DISTINCT entry FROM found_pair found JOIN staged_judgments staged USING (entry)
WHERE found.pair_id = ANY(%(pairs)s::bigint[]) AND NOT EXISTS (
    SELECT 1 FROM annotation_judgment known
    WHERE known.pair_id = found.pair_id AND known.author_id + 0 = staged.author_id AND known.superseded_at IS NULL
      AND (known.state = 'valid' OR staged.state = 'failed'))
"""
# By the staging table: the one in which its rows are put by, the column by which they are found again, and which rows.
# An answer about a single response hangs on no pair and is not put by.
PUT_BY = {
    "found_pair": ("later_pair", "pair_id", ""),
    "staged_judgments": ("later_judgments", "entry", ""),
    "staged_calls": ("later_calls", "entry", "AND slot IS NULL"),
    "staged_failures": ("later_failures", "entry", "AND slot IS NULL"),
}
MAKE = "CREATE TEMPORARY TABLE IF NOT EXISTS {later} (LIKE {table})"
MOVE = """
WITH moved AS (DELETE FROM {table} WHERE entry = ANY(%(entries)s) {only} RETURNING *)
INSERT INTO {later} SELECT * FROM moved
"""
# A pair may have been deleted since.
FILL_PAIRS = """
INSERT INTO found_pair SELECT later.* FROM later_pair later JOIN annotation_pair pair ON pair.id = later.pair_id
WHERE later.pair_id = ANY(%(pairs)s::bigint[])
"""
FILL = "INSERT INTO {table} SELECT later.* FROM {later} later JOIN found_pair USING (entry)"
EMPTY = f"TRUNCATE {', '.join(PUT_BY)}"
IS_THERE = "SELECT to_regclass('pg_temp.later_pair') IS NOT NULL"
FOUND = ";".join(f"CREATE INDEX ON {later} ({column}); ANALYZE {later}" for later, column, _ in PUT_BY.values())
NEXT = "SELECT DISTINCT pair_id FROM later_pair WHERE pair_id > %s ORDER BY pair_id LIMIT %s"

# With + 0 no index by author is read whole for each row: see `annotation.models.row_estimates.unindexed`.
# A failure is no verdict that a valid one could contradict.
SUPERSEDED = """
UPDATE annotation_judgment failed SET superseded_at = now()
FROM staged_judgments staged JOIN found_pair found USING (entry)
WHERE failed.pair_id = found.pair_id AND failed.author_id + 0 = staged.author_id AND failed.superseded_at IS NULL
  AND failed.state = 'failed' AND staged.state = 'valid' AND found.pair_id = ANY(%(pairs)s::bigint[])
"""
JUDGMENTS = """
INSERT INTO annotation_judgment
    (project_id, pair_id, author_id, state, grade, preference, both_bad, shown, consistent, rationale, seconds, error,
     details, created_at)
SELECT %(project)s, found.pair_id, staged.author_id, staged.state, CASE WHEN kept_order THEN grade ELSE -grade END,
       CASE WHEN kept_order THEN preference ELSE 1 - preference END, both_bad,
       CASE WHEN shown = 'both' THEN 'both'
            WHEN (shown = 'first') = kept_order THEN 'left_first' ELSE 'right_first' END,
       consistent, rationale, seconds, error,
       CASE WHEN kept_order OR details->'scores' IS NULL THEN details
            ELSE details || jsonb_build_object('scores', jsonb_build_array(details->'scores'->1, details->'scores'->0))
       END,
       coalesce(staged.created_at, now())
FROM staged_judgments staged JOIN found_pair found USING (entry)
WHERE found.pair_id = ANY(%(pairs)s::bigint[])
ORDER BY staged.state = 'failed', staged.entry
ON CONFLICT (pair_id, author_id) WHERE superseded_at IS NULL DO NOTHING
"""
# About a pair where a call has no slot, else about the response in that slot.
CALLS = """
INSERT INTO annotation_judgecall
    (project_id, pair_id, response_id, author_id, judgment_id, shown, sample, grade, scores, rationale, raw, error,
     model, endpoint, prompt_digest, settings, tokens_in, tokens_out, price, latency, asked_for, created_at)
SELECT %(project)s, pair_id, response_id, author_id, judgment_id, shown, 0, grade, scores, '', raw, error, model,
       '', digest, '{{}}', 0, 0, 0, 0, '', coalesce(created_at, now())
FROM (
    SELECT DISTINCT ON (pair.pair_id, single.response_id, staged.author_id, staged.shown, staged.digest, staged.raw)
           staged.entry, staged.shown AS place, pair.pair_id, single.response_id, staged.author_id,
           judgment.id AS judgment_id,
           CASE WHEN staged.shown = '' THEN 'left_first'
                WHEN (staged.shown = 'first') = pair.kept_order THEN 'left_first' ELSE 'right_first' END AS shown,
           CASE WHEN pair.kept_order THEN staged.grade ELSE -staged.grade END AS grade,
           CASE WHEN NOT pair.kept_order THEN jsonb_build_array(staged.scores->1, staged.scores->0)
                ELSE staged.scores END AS scores,
           staged.raw, staged.error, staged.model, staged.digest, staged.created_at
    FROM {staged} staged
    LEFT JOIN found_pair pair ON staged.slot IS NULL AND pair.entry = staged.entry
    LEFT JOIN found_response single ON single.entry = staged.entry AND single.slot = staged.slot
    LEFT JOIN annotation_judgment judgment ON judgment.pair_id = pair.pair_id
          AND judgment.author_id + 0 = staged.author_id AND judgment.superseded_at IS NULL
    ORDER BY pair.pair_id, single.response_id, staged.author_id, staged.shown, staged.digest, staged.raw, staged.entry
) asked
WHERE NOT EXISTS (
    SELECT 1 FROM annotation_judgecall known
    WHERE known.author_id = asked.author_id AND known.prompt_digest = asked.digest
      AND (known.raw = asked.raw OR known.raw_erased_at IS NOT NULL
           AND (known.grade, known.scores) IS NOT DISTINCT FROM (asked.grade, asked.scores))
      AND known.shown = asked.shown AND known.pair_id IS NOT DISTINCT FROM asked.pair_id
      AND known.response_id IS NOT DISTINCT FROM asked.response_id)
ORDER BY entry, place
"""
WRITES = [
    ("", SUPERSEDED),
    ("judgments", JUDGMENTS),
    ("calls", CALLS.format(staged="staged_calls")),
    ("failures", CALLS.format(staged="staged_failures")),
]
# Few files have any of these.
RARE = {"calls", "failures"}


def judge_made_pairs(cursor: Any, named: dict[str, int]) -> dict[str, int]:
    """The staged judgments of pairs that this import has made; others are put by. How many rows of a noun were new."""
    cursor.execute(JUDGED)
    judged = cursor.fetchall()
    put_by(cursor, [pair for pair, is_made in judged if not is_made])
    made = [pair for pair, is_made in judged if is_made]
    added = write(cursor, made, named)
    # Nobody else sees these pairs yet: there is nothing to lock.
    recount(made)
    return added


def judge_known_pairs(*, keep: bool) -> Iterator[dict[str, int]]:
    """What was put by, a few pairs at a time; how many rows of a noun were new. Without `keep` they are taken back."""
    for pairs in known_pairs():
        with transaction.atomic(), connection.cursor() as cursor:
            # Whoever waits here waits for somebody who judges, which is short.
            cursor.execute("SET LOCAL statement_timeout = 0")
            with changing(pairs) as there:
                # Others went to another project with their collection, after this import had let go of that.
                found = sorted(there)
                added = write(cursor, found, take_up(cursor, found))
            transaction.set_rollback(not keep)
        yield added


def write(cursor: Any, pairs: Sequence[int], named: dict[str, int]) -> dict[str, int]:
    """The staged judgments of these pairs, and all staged answers."""
    added = {}
    for noun, statement in WRITES:
        if noun in RARE and not named[f"staged_{noun}"]:
            continue
        cursor.execute(statement, {"pairs": pairs, "project": here()})
        if noun:
            added[noun] = cursor.rowcount
    return added


def put_by(cursor: Any, pairs: Sequence[int]) -> None:
    """Move away what is new about these pairs."""
    cursor.execute(SAYS_MORE, {"pairs": pairs})
    entries = [entry for (entry,) in cursor.fetchall()]
    if not entries:
        return
    for table, (later, _, only) in PUT_BY.items():
        cursor.execute(MAKE.format(later=later, table=table))
        cursor.execute(MOVE.format(later=later, table=table, only=only), {"entries": entries})


def known_pairs() -> Iterator[list[int]]:
    """The ids of the pairs of which something was put by, in their order, a few at a time."""
    with connection.cursor() as cursor:
        cursor.execute(IS_THERE)
        if cursor.fetchone() == (False,):
            return
        cursor.execute(FOUND)
        last = 0
        while True:
            cursor.execute(NEXT, [last, AT_ONCE])
            pairs = [pair for (pair,) in cursor.fetchall()]
            if not pairs:
                return
            yield pairs
            last = pairs[-1]


def take_up(cursor: Any, pairs: Sequence[int]) -> dict[str, int]:
    """Stage again what was put by of these pairs; how many rows each table got."""
    cursor.execute(EMPTY)
    cursor.execute(FILL_PAIRS, {"pairs": pairs})
    staged = {}
    for table, (later, _, _) in list(PUT_BY.items())[1:]:
        cursor.execute(FILL.format(table=table, later=later))
        staged[table] = cursor.rowcount
    return staged
