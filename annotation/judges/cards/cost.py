"""What a judge's judgments are, and what its answers cost: in tokens, money and time."""

from typing import Any

from annotation.judges.cards.figures import Counts, Spending
from annotation.judges.cards.queries import rows
from annotation.models import Author

# A published judge has no calls here; its file may name a price and a time for each judgment.
JUDGMENTS = """
SELECT count(*) FILTER (WHERE state = 'valid'), count(*) FILTER (WHERE state = 'failed'),
    count(*) FILTER (WHERE grade = 0), count(*) FILTER (WHERE consistent = false), min(created_at), max(created_at),
    sum((details->>'price')::float), count(details->>'price'),
    percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY seconds)
FROM annotation_judgment WHERE author_id = %(judge)s AND superseded_at IS NULL
"""
# An answer that was known already cost nothing, took no time and names no endpoint.
CALLS = """
SELECT count(*), count(*) FILTER (WHERE error <> '' AND raw <> '' OR repaired_at IS NOT NULL),
    count(*) FILTER (WHERE error <> '' AND raw = ''), count(*) FILTER (WHERE repaired_at IS NOT NULL),
    count(*) FILTER (WHERE raw <> '' AND latency = 0 AND tokens_in = 0),
    coalesce(sum(tokens_in), 0), coalesce(sum(tokens_out), 0), sum(price), count(DISTINCT pair_id),
    percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY latency) FILTER (WHERE latency > 0),
    array_remove(array_agg(DISTINCT model), ''), array_remove(array_agg(DISTINCT endpoint), '')
FROM annotation_judgecall WHERE author_id = %(judge)s
"""


def counts_and_spending(judge: Author) -> tuple[Counts, Spending]:
    ((*counted, published_price, priced, seconds),) = rows(JUDGMENTS, {"judge": judge.pk})
    ((calls, *answers, tokens_in, tokens_out, price, pairs, latencies, models, endpoints),) = rows(
        CALLS, {"judge": judge.pk}
    )
    if not calls:
        price, pairs, latencies = published_price, priced, seconds
    p50, p95 = latencies or (None, None)
    unread, unanswered, repaired, cached = answers
    spending = Spending(
        calls=calls,
        unread=unread,
        unanswered=unanswered,
        repaired=repaired,
        cached=cached,
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        price=price,
        per_thousand=per_thousand(price, pairs),
        p50=p50,
        p95=p95,
        models=models or [],
        endpoints=endpoints or [],
    )
    return Counts(*counted), spending


def per_thousand(price: Any, pairs: int) -> float | None:
    return None if price is None or not pairs else 1000 * float(price) / pairs
