"""A collection that holds FastChat's question and both answers."""

import pytest

from annotation.models import Prompt, Response
from tests.annotation.interchange.formats.fastchat_rows import ANSWER, OTHER, QUESTION, take


@pytest.fixture
def questions() -> Prompt:
    assert take("fastchat_questions", QUESTION).imported
    return Prompt.objects.get()


@pytest.fixture
def answers(questions: Prompt) -> list[Response]:
    assert take("fastchat_answers", ANSWER, OTHER).imported
    return list(Response.objects.order_by("pk"))
