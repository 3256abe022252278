"""What freezing again would give beside the last version."""

from typing import Any

import pytest

from annotation.datasets import definitions, next_version
from annotation.datasets.differences import Changes
from annotation.datasets.versions import freeze
from annotation.models import Prompt, Response
from tests.annotation.making import prompt, response

pytestmark = pytest.mark.django_db
KINDS = pytest.mark.parametrize("kind", ["responses", "demonstrations"])


@pytest.fixture
def of() -> Prompt:
    """A prompt with three responses, two of them alike; another one has one."""
    of = prompt("Name a prime.")
    for by, text in (("one", "Seven."), ("two", "Seven."), ("three", "Four.")):
        response(of, text, by)
    response(prompt("Name a river."), "The Rhine.", "one")
    return of


def changes(kind: str, **definition: Any) -> Changes:
    before = next_version.last("mine", kind)
    found = next_version.changes(definitions.read(kind, definition), before) if before else None
    assert found
    return found


@KINDS
def test_each_response_of_a_prompt_is_an_item_of_its_own(of: Prompt, kind: str) -> None:
    freeze("mine", kind, {})
    assert changes(kind) == Changes(alike=4, changed=0, added=0, gone=0, same=True)
    response(of, "Eleven.", "four")
    assert changes(kind) == Changes(alike=4, changed=0, added=1, gone=0, same=False)
    Response.objects.filter(text="Four.").update(text="Five.")
    assert changes(kind) == Changes(alike=3, changed=1, added=1, gone=0, same=False)


@KINDS
def test_one_of_two_that_are_alike_may_be_gone(of: Prompt, kind: str) -> None:
    freeze("mine", kind, {})
    Response.objects.filter(author__name="two").delete()
    assert changes(kind) == Changes(alike=3, changed=0, added=0, gone=1, same=False)


def test_another_split_changes_items_and_adds_none(of: Prompt) -> None:
    freeze("mine", "prompts", {})
    assert changes("prompts", test_share=1.0) == Changes(alike=0, changed=2, added=0, gone=0, same=False)
