"""`manage.py reparse`: stored answers are read again, of one version of a judge or of all."""

import pytest
from django.core.management import CommandError, call_command

from annotation.judges.config.registry import Judge, load
from annotation.models import JudgeCall, Judgment
from tests.annotation.judges.runs.test_repairs import answered
from tests.annotation.making import pair

pytestmark = pytest.mark.django_db


@pytest.fixture
def judge() -> Judge:
    return load("xwin_pair")


def test_the_command_says_how_many_changed(judge: Judge, capsys: pytest.CaptureFixture[str]) -> None:
    answered(judge, pair(), "Verdict: A+", "Verdict: B+")
    call_command("reparse", "xwin_pair")
    assert "2 answers read, 0 of them otherwise" in capsys.readouterr().out
    with pytest.raises(CommandError, match="Xwin|xwin_pair v1"):
        call_command("reparse", "nobody")


def test_a_name_of_one_version_reads_that_one(judge: Judge, capsys: pytest.CaptureFixture[str]) -> None:
    answered(judge, pair(), "Verdict: A+", "Verdict: B+")
    call_command("reparse", judge.author_name)
    assert capsys.readouterr().out.startswith(judge.author_name)


def test_a_parser_that_was_mended_changes_verdicts_and_says_of_how_many(
    judge: Judge, capsys: pytest.CaptureFixture[str]
) -> None:
    answered(judge, pair(), "Verdict: A+", "Verdict: B+")
    JudgeCall.objects.update(raw="Verdict: =")
    call_command("reparse", "xwin_pair")
    assert "2 of them otherwise than before; the verdict on 1 pair changed" in capsys.readouterr().out
    assert Judgment.objects.get(superseded_at=None).grade == 0


def test_where_nobody_judged_it_is_said_to_be_none() -> None:
    with pytest.raises(CommandError, match="Those that have: none"):
        call_command("reparse", "xwin_pair")
