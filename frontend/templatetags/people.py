"""Tags for the figures of people: an estimate on few pairs is not shown, and says so."""

from collections.abc import Mapping
from typing import Any

from django import template

from annotation.review.activity import FEWEST, Activity, PairShare
from annotation.review.agreement import PairAgreement
from frontend.templatetags.figures import figure

register = template.Library()


@register.filter
def of_person(told: Mapping[int, Activity], pk: int) -> Activity:
    """Somebody's figures; of whoever did nothing all are 0."""
    return told.get(pk, Activity())


@register.inclusion_tag("people/estimate.html")
def estimate(share: PairShare) -> dict[str, Any]:
    """A share with its interval and n, over enough pairs. It stands in a link, and so explains nothing on hover."""
    if share.pairs < FEWEST:
        return {"pairs": share.pairs, "fewest": FEWEST}
    return figure(share.estimate, share.low, share.high, share.n) | {"between": ""}


@register.inclusion_tag("people/estimate.html")
def agreed(found: PairAgreement, how: str = "") -> dict[str, Any]:
    """Likewise, of an agreement with one judge or with the other people; outside of a link explained on hover."""
    if found.interval.n < FEWEST:
        return {"pairs": found.interval.n, "fewest": FEWEST}
    return figure(found.share, found.interval.low, found.interval.high, found.tally.compared, how) | (
        {} if how else {"between": ""}
    )
