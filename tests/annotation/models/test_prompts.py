"""A prompt is known by its conversation, once in each collection."""

import pytest
from django.db import IntegrityError, transaction

from annotation.models import Prompt
from annotation.models.prompts import Message, digest, flatten
from tests.annotation.making import collection, prompt

pytestmark = pytest.mark.django_db

TURNS: list[Message] = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "A prime?"}]


def test_the_same_conversation_is_one_prompt_of_a_collection_and_another_elsewhere() -> None:
    prompt("A prime?")
    prompt("A prime?", collection=collection("another"))
    with pytest.raises(IntegrityError, match="prompt_once_in_collection"), transaction.atomic():
        prompt("A prime?", category="maths")


def test_the_digest_is_of_roles_and_words_in_order_and_of_nothing_else() -> None:
    turned: list[Message] = [{"content": turn["content"], "role": turn["role"]} for turn in TURNS]
    assert digest(TURNS) == digest(turned) != digest(TURNS[::-1])
    assert digest(TURNS) != digest([{"role": "user", "content": turn["content"]} for turn in TURNS])


def test_lists_show_a_single_turn_as_it_is_and_several_with_their_roles() -> None:
    assert flatten(TURNS[1:]) == "A prime?"
    assert flatten(TURNS) == "system: Be brief.\n\nuser: A prime?"


def test_a_saved_prompt_can_be_found_by_its_words() -> None:
    made = Prompt.objects.create(collection=collection(), messages=TURNS)
    assert (made.text, list(Prompt.objects.matching("prime -odd"))) == (flatten(TURNS), [made])
    assert not Prompt.objects.matching('"prime a"')
