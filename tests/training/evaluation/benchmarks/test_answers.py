"""Who has answered which question, and what to do about those that are missing."""

from collections.abc import Callable

import pytest

from tests.annotation.making import author, collection, prompt, response
from training.evaluation.benchmarks.answers import answers, questions, whole
from training.models import Checkpoint
from training.runs.failures import RunFailed

pytestmark = pytest.mark.django_db


def test_the_newest_response_to_each_question_counts() -> None:
    one, other = prompt("One?"), prompt("Two?")
    response(one, "old", by="m")
    newest = response(one, "new", by="m")
    response(other, "by another", by="n")
    assert answers(collection(), author("m")) == {one.pk: newest}
    assert questions(collection()) == [one.pk, other.pk]


def test_a_set_without_questions_is_refused() -> None:
    with pytest.raises(RunFailed, match="holds no questions. Import them first."):
        whole(collection(), {author("m"): {}})


def test_who_lacks_answers_is_told_with_the_command_that_adds_them(make_checkpoint: Callable[..., Checkpoint]) -> None:
    response(prompt("One?"), by="m")
    prompt("Two?")
    ours = make_checkpoint("ours").author
    everybody = {one: answers(collection(), one) for one in (author("m"), ours)}
    with pytest.raises(RunFailed) as refused:
        whole(collection(), everybody)
    says = str(refused.value)
    assert "m has 1 of 2 responses; ours has 0 of 2 responses" in says
    assert "import_data alpaca_outputs FILE" in says and "sample_rest ours" in says


def test_where_nothing_is_missing_nothing_is_said() -> None:
    response(prompt("One?"), by="m")
    whole(collection(), {author("m"): answers(collection(), author("m"))})
