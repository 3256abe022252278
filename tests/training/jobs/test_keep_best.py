"""What is kept of scored responses, what is paired, and what the curve says."""

from itertools import combinations
from random import Random
from statistics import fmean

import pytest

from tests.training.jobs.conftest import Run, ask
from training.jobs.best_of_n import Curve
from training.jobs.candidates import Scored
from training.jobs.pair_strategies import paired as paired_of
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
    return [(chosen.text, rejected.text) for chosen, rejected in paired_of(RANKED, spec, Random(0)).pairs]


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


def said(run: RunDir, name: str) -> list[tuple[str, str]]:
    return [(line["chosen"], line["rejected"]) for line in read_records(run.output / f"{name}.jsonl")]


def test_pairs_within_a_window_of_ranks_and_of_the_best_of_each_model() -> None:
    pairs = paired(KeepBest(pairing="rank_window", pairs=9, first_rank=3, last_rank=5))
    assert {chosen for chosen, _ in pairs} == {"r0"} and {rejected for _, rejected in pairs} == {"r2", "r3", "r4"}
    of_three = [Scored(f"{model}{place}", float(-place), source=model) for place in range(3) for model in "abc"]
    spec = KeepBest(pairing="best_by_source", pairs=2, least_gap=0.0)
    assert paired_of(of_three, spec, Random(0)).pairs == []
    apart = sorted((Scored(one.text, one.score - "abc".index(one.source) / 9, None, one.source) for one in of_three),
                   key=lambda one: -one.score)  # fmt: skip
    assert [(a.text, b.text) for a, b in paired_of(apart, spec, Random(0)).pairs] == [("a0", "b0"), ("a0", "c0")]


def test_ways_of_pairing_are_mixed_by_their_weights() -> None:
    spec, chance = KeepBest(pairings={"best_worst": 3.0, "best_second": 1.0}), Random(1)
    drawn = [paired_of(RANKED, spec, chance).pairs[0][1].text for _ in range(400)]
    assert set(drawn) == {"r7", "r1"} and 250 < drawn.count("r7") < 350


def test_every_prompt_without_a_pair_says_why(do: Run) -> None:
    scores: dict[str, list[float]] = {
        "single": [1],
        "equal": [2, 2],
        "gap": [5, 4.5],
        "low": [-1, -4],
        "fine": [4, 1],
        "few": [6, 2],
    }
    rows = [
        {"response_id": f"{name}{n}", "prompt_id": name, "prompt": ask(name), "response": f"{name}{n}", "score": score}
        for name, found in scores.items()
        for n, score in enumerate(found)
    ]
    run, result = do("keep_best", {"responses": rows}, least_gap=1.0, least_score=0.0)
    assert said(run, "pairs") == [("fine0", "fine1"), ("few0", "few1")]
    why = {name: count for name, count in result.counts.items() if name.startswith("without_")}
    reasons = {f"without_pair_{name}": 1 for name in ("single", "equal", "gap", "low")}
    assert why == {"without_best": 1, "without_pair": 4} | reasons
    assert kept(run, "best") == ["single0", "equal0", "gap0", "fine0", "few0"]
    assert len(kept(run, "random")) == 5
    _, windowed = do("keep_best", {"responses": rows}, "windowed", pairing="rank_window", first_rank=3)
    assert windowed.counts["without_pair_too_few"] == 4


def test_a_quota_takes_so_many_prompts_of_each_category_by_chance(do: Run) -> None:
    rows = [{**record, "category": "code" if record["prompt_id"] else "chat"} for record in RESPONSES]
    runs = [do("keep_best", {"responses": rows}, str(seed), per_category=1, seed=seed) for seed in range(8)]
    found = [kept(run, "best") for run, _ in runs]
    assert all(len(one) == 2 and one[0] == "0-3" for one in found)
    assert {one[1] for one in found} == {"1-3", "2-3"}
    assert runs[0][1].counts["beyond_quota"] == 1 and runs[0][1].counts["prompts"] == 2


@pytest.mark.parametrize(
    ("combine", "normalise", "best", "score"),
    [
        ("mean", "none", "c", 50.5),
        ("minimum", "none", "a", 3.0),
        ("mean", "deviation", "a", (1 / (2 / 3) ** 0.5 + (4 - 38) / 1928**0.5) / 2),
        ("minimum", "rank", "b", 0.5),
    ],
)
def test_several_scores_of_a_response_become_one(
    do: Run, combine: str, normalise: str, best: str, score: float
) -> None:
    """The second model's scores are wide apart: as they are they drown those of the first."""
    told = {"a": (3.0, 4.0), "b": (2.0, 10.0), "c": (1.0, 100.0), "d": (9.0, None)}
    rows = [{"response_id": name, "prompt_id": 1, "prompt": ask("?"), "response": name} for name in told]
    files = [
        [{"response_id": name, "score": both[file]} for name, both in told.items() if both[file] is not None]
        for file in range(2)
    ]
    data = {"responses": rows, "scores": files[0][:3], "scores_2": files[1]}
    run, result = do("keep_best", data, combine=combine, normalise=normalise)
    first = next(read_records(run.output / "best.jsonl"))
    assert (first["response"], first["score"]) == (best, pytest.approx(score, abs=1e-4))
    assert result.counts["without_score"] == 1


def test_the_figures_say_whether_the_longer_response_wins(do: Run) -> None:
    longer = [{**record, "response": "x" * (10 + int(float(str(record["score"]))))} for record in RESPONSES]
    assert do("keep_best", {"responses": longer})[1].figures["score_with_length"] == pytest.approx(1)
