"""What the database refuses of flags, and how pairs are asked for by them."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from annotation.models import Collection, Flag, Pair
from annotation.models.flags import FLAGGED, open_flags, where_flagged
from studio.accounts.models import User
from tests.annotation.making import author, pair

pytestmark = pytest.mark.django_db


def raised(of: Pair, by: User | None = None, state: str = "open", name: str = "ann") -> Flag:
    settled: dict[str, Any] = {"settled_by": by, "settled_at": timezone.now()} if by else {}
    return Flag.objects.create(pair=of, author=author(name, "person"), reason="A name", state=state, **settled)


def test_who_settled_a_flag_and_when_belongs_to_its_state(lea: User) -> None:
    of = pair()
    for state, by in (("open", lea), ("dismissed", None), ("excluded", None)):
        with pytest.raises(IntegrityError, match="flag_state_is_whole"), transaction.atomic():
            raised(of, by, state)


def test_one_person_has_one_open_flag_of_a_pair_and_any_number_of_settled_ones(lea: User) -> None:
    of = pair()
    raised(of, lea, "dismissed")
    raised(of, lea, "fixed")
    raised(of)
    with pytest.raises(IntegrityError, match="flag_one_open_of_an_author"), transaction.atomic():
        raised(of)
    raised(of, name="bob")


@pytest.mark.parametrize(
    ("state", "found_by"),
    [
        ("open", {"open", "any", "left_out"}),
        ("excluded", {"excluded", "any", "left_out"}),
        ("dismissed", {"dismissed", "any", "kept"}),
        ("fixed", {"fixed", "any", "kept"}),
    ],
)
def test_a_pair_is_found_by_the_state_of_its_flag(lea: User, state: str, found_by: set[str]) -> None:
    raised(pair(), None if state == "open" else lea, state)
    assert {how for how in FLAGGED if where_flagged(Pair.objects.all(), how)} == found_by


def test_one_open_flag_among_settled_ones_holds_a_pair_back(lea: User) -> None:
    of = pair()
    raised(of, lea, "dismissed")
    assert list(where_flagged(Pair.objects.all(), "kept")) == [of]
    raised(of)
    assert not where_flagged(Pair.objects.all(), "kept")


def test_a_collection_counts_the_flags_that_wait(lea: User) -> None:
    of = pair()
    raised(of)
    raised(of, name="bob")
    raised(of, lea, "fixed")
    pair("Elsewhere?", collection=Collection.objects.create(slug="other", name="Other"))
    counted = Collection.objects.annotate(n=open_flags()).values_list("slug", "n")
    assert dict(counted) == {"a-collection": 2, "other": 0}
