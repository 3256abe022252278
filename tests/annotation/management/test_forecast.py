"""`manage.py forecast`: what judging will take, in words or as JSON."""

import json

import pytest
from django.core.management import CommandError, call_command

from annotation.models import Pair, ProjectDefaults
from tests.annotation.making import collection, pair

pytestmark = pytest.mark.django_db


def test_the_command_says_it_in_words_and_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    pair()
    call_command("forecast", "xwin_pair", collection="a-collection")
    assert "1 pair to judge, of 1" in capsys.readouterr().out
    call_command("forecast", "xwin_pair", collection="a-collection", json=True)
    assert json.loads(capsys.readouterr().out)["calls"] == {
        "value": 2,
        "rests_on": "counted",
        "says": "Every pair that waits was looked at: 1.",
    }
    for words in (("nobody", "a-collection"), ("xwin_pair", "nowhere")):
        with pytest.raises(CommandError):
            call_command("forecast", words[0], collection=words[1])


def test_what_is_not_there_is_named_with_what_is() -> None:
    with pytest.raises(CommandError, match=r"no collection 'nowhere'. There are: none\."):
        call_command("forecast", "xwin_pair", collection="nowhere")
    collection("poems")
    with pytest.raises(CommandError, match=r"There are: poems\."):
        call_command("forecast", "xwin_pair", collection="nowhere")


def test_only_pairs_of_the_source_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    pair("One?"), pair("Two?")
    Pair.objects.filter(prompt__text="One?").update(source="by hand")
    call_command("forecast", "xwin_pair", collection="a-collection", source="by hand")
    assert "1 pair to judge, of 1" in capsys.readouterr().out


def test_each_figure_says_what_it_rests_on(capsys: pytest.CaptureFixture[str]) -> None:
    pair()
    call_command("forecast", "xwin_pair", collection="a-collection")
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()[1:]}
    assert "counted" in lines["calls"] and "assumed" in lines["price"] and "$" in lines["price"]


def test_without_a_judge_it_takes_the_projects_and_asks_for_one_where_there_is_none(
    capsys: pytest.CaptureFixture[str],
) -> None:
    pair()
    with pytest.raises(CommandError, match="Name a judge: the project has no default"):
        call_command("forecast", collection="a-collection")
    ProjectDefaults.objects.create(judge="xwin_pair")
    call_command("forecast", collection="a-collection")
    assert "1 pair to judge" in capsys.readouterr().out
