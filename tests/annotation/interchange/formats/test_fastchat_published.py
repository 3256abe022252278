"""The published MT-bench and Vicuna-bench files, taken whole."""

from pathlib import Path

import pytest

from annotation import turns
from annotation.interchange.imports import Report, import_file
from annotation.models import JudgeCall, Judgment, Prompt, Response, Score
from tests.annotation.making import collection

pytestmark = pytest.mark.django_db


def take(path: Path, format: str) -> Report:
    with path.open("rb") as stream:
        report = import_file(stream, format, collection())
    assert report.imported, report.faults
    return report


def test_mt_bench_is_taken_without_loss(data: Path) -> None:
    bench = data / "mt_bench"
    take(bench / "question.jsonl", "fastchat_questions")
    take(bench / "reference_answer/gpt-4.jsonl", "fastchat_references")
    for model in ("llama2_chat_7b", "phi-3", "phi-3-dpo"):
        take(bench / f"model_answer/{model}.jsonl", "fastchat_answers")
    single = take(bench / "model_judgment/llama2_chat_7b_gpt-4_single.jsonl", "fastchat_ratings")
    pair = take(bench / "model_judgment/phi3_gpt-4_pair.jsonl", "fastchat_pairs")
    assert (Prompt.objects.count(), Response.objects.count(), Score.objects.count()) == (80, 240, 160)
    assert (single.tally.added, pair.tally.added["failures"]) == (
        {"prompts": 0, "responses": 0, "scores": 0, "ratings": 160, "pairs": 0, "judgments": 0, "calls": 160},
        3,
    )
    assert Judgment.objects.filter(state="failed").count() == 2
    assert Judgment.objects.filter(consistent=False).count() == 27
    assert JudgeCall.objects.count() == 160 + 150
    # 30 of GPT-4, and the questions' own ten in categories that are judged without.
    assert Prompt.objects.filter(metadata__has_key="reference").count() == 40
    for response in Response.objects.select_related("prompt"):
        answers = turns.answered(response.metadata, response.text)
        assert response.text == turns.written(turns.asked(response.prompt.metadata, ""), answers)


def test_vicuna_bench_is_taken_and_its_mathematics_wait_for_a_person(data: Path) -> None:
    bench = data / "vicuna_bench"
    take(bench / "question.jsonl", "fastchat_questions")
    take(bench / "answer_gpt35.jsonl", "fastchat_answers")
    take(bench / "answer_vicuna-13b.jsonl", "fastchat_answers")
    report = take(bench / "review_gpt35_vicuna-13b.jsonl", "vicuna_reviews")
    assert (report.tally.added["judgments"], report.tally.added["calls"], report.tally.added["failures"]) == (
        80,
        77,
        3,
    )
    failed = Judgment.objects.filter(state="failed").select_related("pair__prompt")
    assert sorted(judgment.pair.prompt.metadata["question_id"] for judgment in failed) == [68, 69, 70]
