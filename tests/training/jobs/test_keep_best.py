"""What is kept of scored responses, what is paired, and what the curve says."""

from itertools import combinations
from random import Random
from statistics import fmean

import pytest

from tests.training.jobs.conftest import Run, ask
from training.jobs.candidates import Scored
from training.jobs.keep_best import Curve, pairs_of
from training.rundir import RunDir, read_records
from training.specs import KeepBest

RANKED = [Scored(f"r{number}", float(8 - number)) for number in range(8)]
RESPONSES = [
    {"response_id": f"{p}/{n}", "prompt_id": p, "prompt": ask(f"{p}"), "response": f"{p}-{n}", "score": float(n)}
    for p in range(3)
    for n in range(4)
]


def kept(run: RunDir, name: str) -> list[str]:
    return [line["response"] for line in read_records(run.output / f"{name}.jsonl")]


def kept_bytes(run: RunDir, name: str) -> bytes:
    return (run.output / f"{name}.jsonl").read_bytes()


def paired(spec: KeepBest) -> list[tuple[str, str]]:
    return [(chosen.text, rejected.text) for chosen, rejected in pairs_of(RANKED, spec, Random(0))]


def test_the_best_of_each_prompt_are_kept_beside_as_many_at_random(do: Run) -> None:
    run, result = do("keep_best", {"responses": RESPONSES}, keep=2)
    assert kept(run, "best") == ["0-3", "0-2", "1-3", "1-2", "2-3", "2-2"]
    assert len(kept(run, "random")) == 6 and kept(run, "random") != kept(run, "best")
    assert result.counts["prompts"] == 3 and result.counts["responses"] == 12


def test_what_is_made_of_held_out_responses_is_held_out(do: Run) -> None:
    told = [record | {"split": "test"} if record["prompt_id"] == 1 else record for record in RESPONSES]
    run, _ = do("keep_best", {"responses": told})
    for name in ("best", "random", "pairs"):
        assert [line.get("split") for line in read_records(run.output / f"{name}.jsonl")] == [None, "test", None]


def test_scores_may_lie_in_a_file_of_their_own(do: Run) -> None:
    plain = [{name: value for name, value in record.items() if name != "score"} for record in RESPONSES]
    scores = [{"response_id": record["response_id"], "score": -float(str(record["score"]))} for record in RESPONSES]
    run, result = do("keep_best", {"responses": plain, "scores": scores[:-1]})
    assert kept(run, "best") == ["0-0", "1-0", "2-0"]
    assert result.counts["without_score"] == 1


def test_the_responses_of_a_prompt_and_the_scores_may_lie_anywhere(do: Run) -> None:
    """As where two samplings were put together: no prompt is taken for two."""
    apart = sorted(RESPONSES, key=lambda record: str(record["response_id"]).partition("/")[2])
    scores = [{"response_id": record["response_id"], "score": record["score"]} for record in reversed(RESPONSES)]
    settings = {"keep": 2, "pairs": 2, "pairing": "best_random"}
    together, first = do("keep_best", {"responses": RESPONSES}, "together", **settings)
    spread, second = do("keep_best", {"responses": apart, "scores": scores}, "apart", **settings)
    for name in ("best", "random", "pairs"):
        assert kept_bytes(spread, name) == kept_bytes(together, name) != b""
    assert (first.counts, first.figures) == (second.counts, second.figures)


def test_the_last_word_about_a_response_counts_and_a_score_is_kept_to_the_last_bit(do: Run) -> None:
    plain = [{name: value for name, value in record.items() if name != "score"} for record in RESPONSES[:3]]
    said = zip(["0/0", "0/1", "0/2", "0/1"], [-0.0, 9.0, -1e-320, 0.1 + 0.2], strict=True)
    scores = [{"response_id": name, "score": score} for name, score in said]
    run, _ = do("keep_best", {"responses": plain, "scores": scores}, keep=3)
    assert [repr(line["score"]) for line in read_records(run.output / "best.jsonl")] == [
        "0.30000000000000004",
        "-0.0",
        "-1e-320",
    ]


def test_the_same_seed_chooses_the_same_control(do: Run) -> None:
    runs = [do("keep_best", {"responses": RESPONSES}, str(number))[0] for number in range(2)]
    assert kept(runs[0], "random") == kept(runs[1], "random")


@pytest.mark.parametrize(
    ("pairing", "expected"),
    [
        ("best_worst", [("r0", "r7"), ("r1", "r6")]),
        ("best_second", [("r0", "r1"), ("r0", "r2")]),
    ],
)
def test_pairs_by_rank(pairing: str, expected: list[tuple[str, str]]) -> None:
    assert paired(KeepBest(pairing=pairing, pairs=2)) == expected  # type: ignore[arg-type]


def test_a_preference_names_its_two_responses(do: Run) -> None:
    run, _ = do("keep_best", {"responses": RESPONSES})
    first = next(read_records(run.output / "pairs.jsonl"))
    assert (first["chosen_id"], first["rejected_id"], first["margin"]) == ("0/3", "0/0", 3.0)


def test_pairs_of_the_best_with_others_at_random() -> None:
    pairs = paired(KeepBest(pairing="best_random", pairs=3))
    assert {chosen for chosen, _ in pairs} == {"r0"}
    assert len({rejected for _, rejected in pairs} - {"r0"}) == 3


def test_pairs_by_quantiles_use_no_response_twice() -> None:
    pairs = paired(KeepBest(pairing="quantiles", pairs=2, upper=0.25, lower=0.5))
    assert {chosen for chosen, _ in pairs} == {"r0", "r1"}
    assert len({rejected for _, rejected in pairs} & {"r4", "r5", "r6", "r7"}) == 2


def test_equal_scores_make_no_pair(do: Run) -> None:
    even = [{**record, "score": 1.0} for record in RESPONSES]
    run, result = do("keep_best", {"responses": even})
    assert not list(read_records(run.output / "pairs.jsonl"))
    assert result.counts["without_pair"] == 3


def test_length_can_be_made_dear(do: Run) -> None:
    long = [{**record, "response": "x" * (10 * int(str(record["response_id"])[-1]) + 1)} for record in RESPONSES]
    run, _ = do("keep_best", {"responses": long}, length_penalty=1.0)
    assert kept(run, "best") == ["x"] * 3


def test_the_curve_is_the_mean_over_all_subsets() -> None:
    scores = [[5.0, 3.0, 2.0, 1.0], [9.0, 9.0, 4.0, 0.0]]
    curve = Curve()
    for each in scores:
        curve.add(each)
    for point in curve.points:
        n = int(point["n"])
        subsets = [[max(subset) for subset in combinations(each, n)] for each in scores]
        assert point["score"] == pytest.approx(fmean(map(fmean, subsets)))
    assert [point["n"] for point in curve.points] == [1, 2, 4]


@pytest.mark.parametrize(("sizes", "points"), [([4, 2, 4], [1, 2]), ([1, 4], [1]), ([4, 0], []), ([], [])])
def test_the_curve_goes_as_far_as_every_prompt_has_responses(sizes: list[int], points: list[int]) -> None:
    curve = Curve()
    for size in sizes:
        curve.add([1.0] * size)
    assert [(point["n"], point["prompts"]) for point in curve.points] == [(n, len(sizes)) for n in points]
