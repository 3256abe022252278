"""`manage.py freeze`: a version, its counts, and what is wrong with a definition."""

import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.annotation.making import prompt

pytestmark = pytest.mark.django_db


def run(*words: Any, **options: Any) -> str:
    out = io.StringIO()
    call_command("freeze", *words, stdout=out, **options)
    return out.getvalue()


def test_freezing_the_same_again_is_warned_of(capsys: pytest.CaptureFixture[str]) -> None:
    prompt("Why?")
    assert "mine v1" in run("mine", "prompts")
    assert "mine v2" in run("mine", "prompts")
    assert capsys.readouterr().err.startswith("mine v2: It has the same records as v1")


def test_a_query_is_frozen_and_its_counts_are_said() -> None:
    prompt()
    assert '"items":1' in run("a-set", "prompts", '{"test_share": 0.0}')


@pytest.mark.parametrize("definition", ["{", '{"test_share": 2}'])
def test_a_wrong_definition_is_said(definition: str) -> None:
    with pytest.raises(CommandError):
        run("a-set", "prompts", definition)
