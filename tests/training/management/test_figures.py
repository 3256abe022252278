"""`manage.py figures`, as a user calls it: a process of its own, with no server to speak to."""

import json
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

ROOT = Path(__file__).parents[3]
ANNOTATION = {"instruction": "do", "output_1": "a", "output_2": "bb", "preference": 2}


def figures(*arguments: str | Path) -> str:
    out = StringIO()
    call_command("figures", *map(str, arguments), stdout=out)
    return out.getvalue()


def as_json(*arguments: str | Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(figures(*arguments, "--json"))
    return found


def written(path: Path, *records: dict[str, Any]) -> Path:
    path.write_text("\n".join(map(json.dumps, records)))
    return path


def test_it_runs_with_no_database_no_redis_and_no_settings(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", ANNOTATION)
    command = [sys.executable, "manage.py", "figures", "alpaca_eval", str(path), "--json"]
    done = subprocess.run(command, cwd=ROOT, env={}, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["win_rate"] == 100.0


def test_a_table_is_printed_unless_json_is_asked_for(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", ANNOTATION)
    assert "win_rate                         100.000000" in figures("alpaca_eval", path)


def test_unknown_difficulty_is_said(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", ANNOTATION, ANNOTATION | {"preference": 1})
    assert "difficulty is unknown for 2 of 2" in figures("alpaca_eval", path)


def test_a_bad_line_ends_in_one_line_that_names_it(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", ANNOTATION, ANNOTATION | {"preference": 7})
    with pytest.raises(CommandError, match=r"a\.jsonl, line 2: preference is 7\.0: give 1 to 2"):
        figures("alpaca_eval", path)


def test_figures_that_do_not_exist_are_refused_with_the_reason(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", ANNOTATION | {"preference": None})
    with pytest.raises(CommandError, match="every judgment failed"):
        figures("alpaca_eval", path)


def test_a_folder_without_results_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"result\.json: No such file"):
        figures("llmbar", tmp_path)


@pytest.mark.parametrize("c", ["0", "-1", "inf", "much"])
def test_a_penalty_must_be_a_positive_number(tmp_path: Path, c: str) -> None:
    with pytest.raises(SystemExit):
        figures("alpaca_eval", written(tmp_path / "a.jsonl", ANNOTATION), "--l1-c", c)


def test_alpaca_eval_has_the_published_columns(data: Path) -> None:
    folder = data / "alpaca_eval"
    found = as_json(
        "alpaca_eval",
        folder / "annotations_ae2" / "vicuna-13b.json",
        "--difficulty",
        folder / "lc" / "instruction_difficulty_recovered.csv",
        "--gamed",
        folder / "lc" / "df_gamed_surrogate_smooth.csv",
        "--l1-c",
        "2.78255940221",
    )
    published = {"win_rate": 5.831103, "n_wins": 44, "n_total": 805, "length_controlled_winrate": 9.222060}
    assert {key: found[key] for key in published} == pytest.approx(published, abs=1e-4)


def test_mt_bench_takes_ratings_and_pairs_side_by_side(data: Path) -> None:
    found = as_json("mt_bench", *sorted((data / "mt_bench" / "model_judgment").iterdir()))
    assert found["llama2_chat_7b"]["turn_1"] == 6.70625
    assert found["phi-3"]["tie"] == 35


def test_vicuna_bench_has_totals_and_one_object_a_file(data: Path) -> None:
    path = data / "vicuna_bench" / "review_gpt35_vicuna-13b.jsonl"
    found = as_json("vicuna_bench", path)
    assert (found["score_1"], found["score_2"], found["unparsed"]) == (693, 638, 3)


def test_several_reviews_have_one_object_each(tmp_path: Path) -> None:
    review = {"question_id": 1, "text": "8 9", "score": [8, 9]}
    paths = [written(tmp_path / f"{name}.jsonl", review) for name in ("a", "b")]
    assert list(as_json("vicuna_bench", *paths)) == list(map(str, paths))


def test_agreement_has_both_setups_with_counts(data: Path) -> None:
    folder = data / "mt_bench" / "human_judgments"
    found = as_json("agreement", folder / "gpt4_pair_q81-90.jsonl", folder / "human_q81-90.jsonl")
    setups = found["gpt4_pair and human"]["turn_1"]
    assert setups["with_ties"]["compared"] > setups["without_ties"]["compared"] > setups["without_ties"]["agreeing"]


def test_ratings_have_a_value_for_each_name(data: Path) -> None:
    found = as_json("ratings", data / "ratings" / "food.csv")
    for algorithm in ("elo", "bradley_terry", "average_win_rate"):
        assert max(found[algorithm], key=found[algorithm].get) == "Tacos"


def test_llmbar_reads_a_folder(data: Path) -> None:
    assert as_json("llmbar", data / "llmbar" / "Natural")["correct_average"] == 95.5


def test_both_figures_of_a_file_with_repeated_rows_are_printed_and_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row = {"question_id": 81, "model": "m", "judge": ["gpt-4", "single-v1"], "turn": 1}
    path = written(tmp_path / "single.jsonl", row | {"score": 2}, row | {"score": 8}, row | {"turn": 2, "score": 5})
    found = as_json("mt_bench", path)["m"]
    assert (found["average"], found["show_result_average"], found["duplicates"]) == (6.5, 5.0, 1)
    assert (found["turn_1"], found["show_result_turn_1"]) == (8.0, 5.0)
    assert "count the last judgment" in (said := capsys.readouterr().err) and "every row, as FastChat's" in said
    alone = written(tmp_path / "alone.jsonl", row | {"score": 2})
    assert "show_result_average" not in as_json("mt_bench", alone)["m"] and not capsys.readouterr().err


def test_both_figures_of_a_pair_that_was_judged_again_are_printed(tmp_path: Path) -> None:
    row = {"question_id": 81, "model_1": "m", "model_2": "o", "judge": ["gpt-4", "pair-v2"], "turn": 1}
    lost, won = ({"g1_winner": name, "g2_winner": name} for name in ("model_2", "model_1"))
    found = as_json("mt_bench", written(tmp_path / "pair.jsonl", row | lost, row | won))["m"]
    assert (found["win_rate"], found["show_result_win_rate"], found["repeated_pairs"]) == (1.0, 0.5, 1)
