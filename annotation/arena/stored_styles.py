"""Counting the style of texts that stand in comparisons, each text once."""

from collections.abc import Iterable

from annotation.models.responses import Response, ResponseStyle
from annotation.statistics.style_features import style

AT_ONCE = 2_000


def measure(responses: Iterable[int]) -> int:
    """Count the texts of these responses that were not counted yet; how many that were."""
    asked = list(responses)
    done = 0
    for start in range(0, len(asked), AT_ONCE):
        waiting = Response.objects.filter(pk__in=asked[start : start + AT_ONCE], style=None)
        rows = [
            ResponseStyle(response_id=pk, **style(text)._asdict()) for pk, text in waiting.values_list("pk", "text")
        ]
        # Another reader may have counted the same ones meanwhile.
        ResponseStyle.objects.bulk_create(rows, ignore_conflicts=True)
        done += len(rows)
    return done
