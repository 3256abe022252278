"""How two frozen versions differ, item by item."""

import pytest

from annotation.datasets.differences import Changes, difference
from annotation.datasets.versions import freeze
from annotation.models import Prompt, Response, Version
from tests.annotation.making import judge, pair, prompt, response

pytestmark = pytest.mark.django_db
KINDS = pytest.mark.parametrize("kind", ["responses", "demonstrations"])


def frozen(kind: str = "preferences") -> Version:
    return freeze("a-set", kind, {})


@pytest.fixture
def of() -> Prompt:
    """A prompt with three responses, two of them alike."""
    of = prompt("Name a prime.")
    for by, text in (("one", "Seven."), ("two", "Seven."), ("three", "Four.")):
        response(of, text, by)
    return of


def test_preferences_differ_by_their_pairs() -> None:
    stays, changes = pair("stays"), pair("changes")
    judge(stays, 2)
    judge(changes, 2)
    before = frozen()
    judge(changes, -3, "another")
    judge(pair("comes"), 1)
    after = frozen()
    assert difference(after, before) == Changes(alike=1, changed=1, added=1, gone=0, same=False)
    assert difference(before, after) == Changes(alike=1, changed=1, added=0, gone=1, same=False)


@KINDS
def test_two_responses_to_one_prompt_are_two_items(of: Prompt, kind: str) -> None:
    before = frozen(kind)
    assert difference(frozen(kind), before) == Changes(alike=3, changed=0, added=0, gone=0, same=True)
    response(of, "Eleven.", "four")
    assert difference(frozen(kind), before) == Changes(alike=3, changed=0, added=1, gone=0, same=False)
    Response.objects.filter(text="Four.").update(text="Five.")
    assert difference(frozen(kind), before) == Changes(alike=2, changed=1, added=1, gone=0, same=False)


@KINDS
def test_one_of_two_that_are_alike_may_be_gone(of: Prompt, kind: str) -> None:
    before = frozen(kind)
    Response.objects.filter(author__name="two").delete()
    assert difference(frozen(kind), before) == Changes(alike=2, changed=0, added=0, gone=1, same=False)
    assert difference(before, frozen(kind)) == Changes(alike=2, changed=0, added=1, gone=0, same=False)
