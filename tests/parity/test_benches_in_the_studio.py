"""MT-bench's published figures out of the studio: files imported, a run measures, nobody is asked."""

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from annotation.judges.runs import repairs
from annotation.models import Author, JudgeCall
from annotation.review.judgments import Verdict, record_many
from studio.accounts.models import User
from tests.parity.importing import bench
from training.models import BenchmarkResult, Run
from training.runs import launching
from training.worker import execution

VICUNA = "vicuna-13b:20230322-clean-lang"
pytestmark = pytest.mark.django_db(transaction=True)
BY_CATEGORY = {
    "coding": 3.05,
    "extraction": 5.5,
    "humanities": 9.55,
    "math": 2.4,
    "reasoning": 4.5,
    "roleplay": 7.35,
    "stem": 8.375,
    "writing": 8.8,
}


@pytest.fixture(autouse=True)
def _nothing_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launching, "enqueue", lambda run: None)


def measured(benchmark: str, judge: str, *models: str, **settings: Any) -> Run:
    authors = [Author.objects.get(kind="model", name=name).pk for name in models]
    asked = {"benchmark": benchmark, "judge": judge, "collection": benchmark.replace("_", "-"), "authors": authors}
    run = launching.launch("benchmark", asked | settings)
    execution.execute(run.pk, "w1")
    run.refresh_from_db()
    return run


def test_mt_bench_ratings_give_the_published_means(data: Path) -> None:
    bench(data, "mt_bench")
    calls = JudgeCall.objects.count()
    run = measured("mt_bench", "fastchat/single · gpt-4", "llama2_chat_7b")
    assert run.state == "succeeded", run.error
    row = BenchmarkResult.objects.get()
    assert (row.name, row.judge, row.baseline) == ("llama2_chat_7b", "fastchat/single · gpt-4", "")
    found = [row.value, row.figures["turn_1"], row.figures["turn_2"]]
    assert found == pytest.approx([6.190625, 6.70625, 5.675], abs=1e-6)
    assert row.figures["by_category"] == pytest.approx(BY_CATEGORY, abs=1e-6)
    assert (row.n, row.failed, row.verdicts.count()) == (160, 0, 80)
    assert row.low and row.high and row.low < 6.190625 < row.high
    assert JudgeCall.objects.count() == calls


def test_mt_bench_pairs_give_the_published_wins(data: Path) -> None:
    bench(data, "mt_bench")
    run = measured("mt_bench", "fastchat/pair · gpt-4", "phi-3", "phi-3-dpo", partial=True)
    assert run.state == "succeeded", run.error
    phi, dpo = BenchmarkResult.objects.order_by("name")
    told = [phi.figures[key] for key in ("win", "loss", "tie", "inconsistent", "n", "failed")]
    assert told == [18, 20, 35, 27, 73, 2]
    assert (phi.value, dpo.value) == pytest.approx((0.486301, 0.513699), abs=1e-6)
    assert phi.baseline == "each other: phi-3, phi-3-dpo"
    base = Author.objects.get(name="phi-3-dpo").pk
    measured("mt_bench", "fastchat/pair · gpt-4", "phi-3", partial=True, baseline=base)
    against = BenchmarkResult.objects.get(baseline="phi-3-dpo")
    assert against.value == pytest.approx(0.486301, abs=1e-6)
    assert against.ties == 35


def test_pairs_that_nobody_judged_are_counted_before_anything_is_measured(data: Path) -> None:
    bench(data, "mt_bench")
    run = measured("mt_bench", "fastchat/pair · gpt-4", "phi-3", "phi-3-dpo")
    assert run.state == "failed"
    assert "has judged 75 of 80 pairs of phi-3 and phi-3-dpo" in run.error


def enter(scores: dict[int, tuple[float, float]]) -> None:
    """A person reads the answers that could not be parsed; the file's first answer is on the left here."""
    for call in JudgeCall.objects.exclude(error="").select_related("pair__prompt"):
        assert call.pair
        listed = list(scores[call.pair.prompt.metadata["question_id"]])
        JudgeCall.objects.filter(pk=call.pk).update(error="", scores=listed, repaired_at=timezone.now())
        read = Verdict(call.pair.pk, -3, details={"scores": listed}, calls=(call.pk,))
        record_many(call.author, [read])


def test_vicuna_bench_sums_to_the_published_totals_once_a_person_has_read_the_mathematics(data: Path) -> None:
    bench(data, "vicuna_bench")
    base = Author.objects.get(name="gpt-3.5-turbo:20230327").pk
    judge = "fastchat/vicuna · gpt-4-0328"
    assert measured("vicuna_bench", judge, VICUNA, baseline=base).state == "succeeded"
    before = BenchmarkResult.objects.get()
    told = [before.figures[key] for key in ("score_1", "score_2", "n", "unparsed", "unscored")]
    assert told == [663, 627, 77, 3, 3]
    assert (before.n, before.failed) == (77, 3)
    enter({68: (10, 6), 69: (10, 1), 70: (10, 4)})
    measured("vicuna_bench", judge, VICUNA, baseline=base)
    after = BenchmarkResult.objects.latest("pk")
    assert (after.figures["score_1"], after.figures["score_2"], after.n, after.failed) == (693, 638, 80, 0)
    assert (after.figures["unparsed"], after.figures["unparsed_scored_by_hand"]) == (3, 3)
    assert after.value == pytest.approx(92.1, abs=0.05)


def test_ratings_that_were_imported_are_those_of_the_judge_read_from_its_published_prompts(
    data: Path, settings: Any
) -> None:
    bench(data, "mt_bench")
    settings.FASTCHAT_PROMPTS = str(data / "mt_bench" / "judge_prompts.jsonl")
    run = measured("mt_bench", "fastchat/single", "llama2_chat_7b")
    assert run.state == "succeeded", run.error
    row = BenchmarkResult.objects.get()
    assert (row.value, row.judge) == (6.190625, "fastchat/single · gpt-4")


def test_a_person_repairs_an_imported_review(data: Path, lea: User) -> None:
    bench(data, "vicuna_bench")
    call = JudgeCall.objects.exclude(error="").get(pair__prompt__metadata__question_id=68)
    judgment = repairs.repair(call, lea, scores=(10, 6))
    assert (judgment.grade, judgment.details["scores"]) == (-3, [10, 6])
