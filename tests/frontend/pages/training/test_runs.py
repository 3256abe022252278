"""The list of runs, one run, and its levers."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from annotation.models import Endpoint
from studio.projects.models import Project
from studio.projects.scope import inside
from tests.annotation.making import author, prompt
from tests.conftest import HERE
from tests.frontend.counting import queries
from tests.frontend.machines import checkpoint, evaluation, run, running, version
from tests.frontend.markup import tight
from training.models import BenchmarkResult, Metric, Run, RunVersion, TaskResult
from training.runs import launching


@pytest.fixture(autouse=True)
def runs_folder(settings: Any, tmp_path: Path) -> Path:
    settings.RUNS_DIR = tmp_path
    return tmp_path


def page(client: Client, path: str, **headers: str) -> str:
    response = client.get(path, headers=headers)
    assert response.status_code == 200, response.content
    return " ".join(response.content.decode().split())


def rows(html: str) -> list[int]:
    return [int(part.partition('"')[0]) for part in html.split('<tr id="row-')[1:]]


def test_the_list_has_what_people_started_newest_first(engineer: Client) -> None:
    recipe = run("recipe")
    run("sft", parent=recipe, stage="sft")
    alone = run("dpo")
    assert rows(page(engineer, "/runs/")) == [alone.pk, recipe.pk]
    assert len(rows(page(engineer, "/runs/?stages=on"))) == 3


def test_a_filter_looks_among_the_stages_too(engineer: Client) -> None:
    stage = run("sft", parent=run("recipe"), stage="sft", state="failed")
    assert rows(page(engineer, "/runs/?state=failed")) == [stage.pk]
    assert rows(page(engineer, "/runs/?kind=dpo")) == []


def test_a_run_that_never_ended_took_no_time(engineer: Client) -> None:
    run(started_at="2026-01-01T00:00Z")
    run(started_at="2026-01-01T00:00Z", ended_at="2026-01-01T09:00Z", worked_seconds=65)
    assert "1 min 05 s" in page(engineer, "/runs/")


def test_queries_of_the_list_do_not_grow(engineer: Client) -> None:
    run()
    few = queries(engineer, "/runs/")
    for _ in range(9):
        run()
    assert queries(engineer, "/runs/") == few < 8


def test_a_seed_is_shown_where_something_is_drawn(engineer: Client) -> None:
    drawn, not_drawn = run(seed=7, spec={"settings": {"seed": 7}}), run("evaluate", spec={"settings": {}})
    assert "<span>seed 7</span>" in page(engineer, f"/runs/{drawn.pk}/")
    assert "<span>seed" not in page(engineer, f"/runs/{not_drawn.pk}/")


def test_a_run_says_where_it_comes_from_and_what_it_made(engineer: Client) -> None:
    base, data = checkpoint("base"), version([prompt()], "demonstrations", "corpus")
    made = run(checkpoint=base, state="succeeded", result={"figures": {"train_loss": 1.25}, "seconds": 4.0})
    RunVersion.objects.create(run=made, version=data, role="input", name="train")
    checkpoint("fruit", run=made, base=base)
    html = page(engineer, f"/runs/{made.pk}/")
    assert all(name in html for name in ("base", "corpus v1", "fruit", "Training loss", "1.25"))


MEASURED = {
    "n": 40,
    "accuracy": 0.8,
    "longer": 0.6,
    "majority": 0.6,
    "by_grade": {"1": {"n": 25, "accuracy": 0.72, "longer": 0.52}, "3": {"n": 15, "accuracy": 0.9333, "longer": 0.73}},
}
CURVE = [{"n": n, "score": score, "prompts": 30, "error": 0.1} for n, score in ((1, -0.5), (2, 0.25), (4, 1.0))]


def test_a_reward_model_shows_its_accuracy_by_grade_beside_the_rule(engineer: Client) -> None:
    found = run("reward", state="succeeded", result={"figures": {"held_out": MEASURED}})
    html = page(engineer, f"/runs/{found.pk}/")
    assert "Held-out accuracy" in html and "Rule: the longer response" in html
    assert "93.3 %" in html and "70.2–98.8" in html and "52.0 %" in html


def test_a_run_that_kept_the_best_draws_its_curve_from_a_table(engineer: Client) -> None:
    found = run("keep_best", state="succeeded", result={"figures": {"best_of_n": CURVE, "deviation": 0.75}})
    html = page(engineer, f"/runs/{found.pk}/")
    # Of 30 prompts 2.045 standard errors.
    assert html.count("data-n=") == 3 and 'data-n="4" data-score="1.0" data-low="0.79' in html
    assert "0.795–1.205" in html and "−0.500" in html and "js/best_of_n" in html
    assert "Spread within a prompt" in html and "0.75" in html
    assert "Best of n" not in page(engineer, f"/runs/{run('keep_best', result={}).pk}/")


def test_a_recipe_shows_what_its_stages_say_of_reward_models(engineer: Client) -> None:
    recipe = run("recipe")
    run("reward", parent=recipe, stage="rm", result={"figures": {"held_out": MEASURED}})
    spread = {"tenth": -1.25, "deviation": 0.625, "score_with_length": 0.875}
    run("keep_best", parent=recipe, stage="best", result={"figures": {"best_of_n": CURVE} | spread})
    html = page(engineer, f"/runs/{recipe.pk}/")
    assert "Reward models" in html and "80.0 %" in html and "n = 4" in html
    assert "−1.250" in html and "0.625" in html and "0.88" in html


def test_a_run_of_the_harness_shows_every_metric_of_every_task(engineer: Client) -> None:
    of = checkpoint("one")
    metrics = [{"name": name, "filter": "none", "value": value, "standard_error": 0.01} for name, value in METRICS]
    told = {"task": "arc_easy", "metric": "acc_norm", "value": 0.31, "n": 1000, "metrics": metrics}
    found = run("lm_eval", checkpoint=of, state="succeeded")
    TaskResult.objects.create(run=found, checkpoint=of, **told)
    for path in (f"/runs/{found.pk}/", f"/checkpoints/{of.pk}/"):
        html = page(engineer, path)
        assert "acc_norm" in html and "31.0 %" in html and "27.5 %" in html


METRICS = (("acc_norm", 0.31), ("acc", 0.275))


def test_settings_that_differ_come_first_with_their_default(engineer: Client) -> None:
    html = page(engineer, f"/runs/{run(spec={'settings': {'epochs': 7.0, 'learning_rate': 2e-5}}).pk}/")
    chosen, _, rest = html.partition("is-default")
    assert "Epochs" in chosen and "Learning rate" not in chosen.partition('id="spec"')[2]
    assert "Learning rate" in rest


def test_what_a_program_printed_is_escaped(engineer: Client, runs_folder: Path) -> None:
    found = run()
    found.directory.mkdir()
    (found.directory / "log.txt").write_text("<script>alert(1)</script>\n")
    html = page(engineer, f"/runs/{found.pk}/")
    assert "&lt;script&gt;alert(1)" in html and "<script>alert" not in html


def test_while_it_runs_only_what_moves_is_sent(engineer: Client) -> None:
    moving = running(done=3, total=8, rate=2.0, eta_seconds=150.0)
    part = page(engineer, f"/runs/{moving.pk}/?seen=running", **{"HX-Request": "true"})
    assert part.startswith('<section id="live"') or 'id="live"' in part[:200]
    assert "3 of 8 steps · 2 a second · 2 min 30 s left" in part
    assert "<html" not in part


def test_when_its_state_changed_the_page_is_loaded_anew(engineer: Client) -> None:
    ended = run(state="succeeded")
    response = engineer.get(f"/runs/{ended.pk}/?seen=running", headers={"HX-Request": "true"})
    assert response.headers["HX-Refresh"] == "true"


def test_queries_of_a_run_do_not_grow_with_its_metrics_and_stages(engineer: Client) -> None:
    recipe = run("recipe", spec={"settings": {"recipe": "gone"}})

    def add(numbers: range) -> None:
        for number in numbers:
            stage = run("sft", parent=recipe, stage=f"stage {number}", state="succeeded")
            Metric.objects.create(run=stage, name="loss", step=number, value=1.0)

    add(range(1))
    few = queries(engineer, f"/runs/{recipe.pk}/")
    add(range(1, 10))
    assert queries(engineer, f"/runs/{recipe.pk}/") == few < 16


def test_a_recipe_shows_its_stages_and_their_table(engineer: Client) -> None:
    recipe = run("recipe")
    made = run("sft", parent=recipe, stage="best_of_64", state="succeeded")
    judged = run("evaluate", parent=recipe, stage="evaluation", state="succeeded")
    evaluation(checkpoint("rs", run=made), None, version([prompt()]), score=(8.0, 7.9, 8.1), run=judged)
    html = page(engineer, f"/runs/{recipe.pk}/")
    assert 'class="stage succeeded"' in html and "best of 64" in html and "8.00" in html


@pytest.mark.parametrize("chosen", [{"recipe": "gone"}, {"recipe": "xwin", "scale": "a scale of old", "seed": 0}])
def test_a_recipe_that_is_no_longer_known_shows_what_it_started(engineer: Client, chosen: dict[str, str]) -> None:
    recipe = run("recipe", spec={"settings": chosen})
    run("sft", parent=recipe, stage="an_old_stage")
    assert "an old stage" in page(engineer, f"/runs/{recipe.pk}/")


def test_a_run_whose_kind_is_gone_is_shown_under_its_name(engineer: Client) -> None:
    recipe = run("recipe")
    old = run("distil", parent=recipe, stage="an_old_stage")
    html = page(engineer, f"/runs/{recipe.pk}/")
    assert "an old stage" in html and "distil" in html
    assert "A run of distil" in page(engineer, f"/runs/{old.pk}/")
    Run.objects.filter(pk=old.pk).update(parent=None)
    assert "<td>distil</td>" in page(engineer, "/runs/").replace(' class="fit"', "")


def test_chosen_runs_are_laid_over_each_other_with_what_differs(engineer: Client) -> None:
    one = run("dpo", spec={"settings": {"beta": 0.1, "epochs": 2.0}})
    other = run("dpo", name="Bolder", spec={"settings": {"beta": 0.5, "epochs": 2.0}}, total=80)
    html = page(engineer, f"/runs/compare/?run={one.pk}&run={other.pk}")
    assert all(f'data-metrics="{HERE}/api/v1/runs/{each.pk}/metrics/"' in html for each in (one, other))
    assert "Compare 2 runs" in html and "Beta" in html and "Epochs" not in html and 'data-end="80"' in html


def test_runs_are_grouped_by_a_setting_and_share_its_colour(engineer: Client) -> None:
    betas = (0.1, 0.5, 0.1)
    ids = [run("dpo", spec={"settings": {"beta": beta, "seed": seed}}).pk for seed, beta in enumerate(betas)]
    asked = "&".join(f"run={pk}" for pk in ids)
    html = page(engineer, f"/runs/compare/?{asked}&by=beta")
    drawn = re.findall(r'data-name="(\d+)" data-series="(\d)"', html)
    assert drawn == [(str(ids[0]), "1"), (str(ids[2]), "1"), (str(ids[1]), "2")]
    assert html.index("Beta: 0.1") < html.index("Beta: 0.5") and 'value="beta" selected' in html


def test_only_runs_that_are_here_are_compared_and_the_others_counted(engineer: Client) -> None:
    one = run()
    html = page(engineer, f"/runs/compare/?run={one.pk}&run=999999&run=nothing")
    assert "Compare 1 run<" in html and "1 run of this address is left out" in html
    assert "No runs to compare" in page(engineer, "/runs/compare/")


def test_a_run_of_another_project_is_not_compared(engineer: Client) -> None:
    with inside(Project.objects.create(slug="theirs", name="Theirs").pk):
        theirs = run("dpo", name="Their secret")
    html = page(engineer, f"/runs/compare/?run={theirs.pk}&run={run('dpo').pk}")
    assert "Their secret" not in html and "1 run of this address is left out" in html


def test_queries_of_a_comparison_do_not_grow(engineer: Client) -> None:
    data = version([prompt()], "demonstrations", "corpus")
    ids = [run(checkpoint=checkpoint(f"base {number}")).pk for number in range(10)]
    for pk in ids:
        RunVersion.objects.create(run_id=pk, version=data, role="input", name="train")
    few = queries(engineer, f"/runs/compare/?run={ids[0]}")
    assert queries(engineer, "/runs/compare/?" + "&".join(f"run={pk}" for pk in ids)) == few


def test_runs_with_curves_can_be_chosen_in_the_list(engineer: Client) -> None:
    trains, _ = run("dpo"), run("sample")
    html = page(engineer, "/runs/")
    assert html.count('name="run"') == 1 and f'name="run" value="{trains.pk}"' in html


def test_a_run_is_renamed_on_its_page(engineer: Client) -> None:
    found = run()
    assert 'id="rename"' in page(engineer, f"/runs/{found.pk}/")
    engineer.post(f"/runs/{found.pk}/rename/", {"name": "bolder"})
    assert "<h1>bolder</h1>" in page(engineer, f"/runs/{found.pk}/")
    answer = engineer.post(f"/runs/{found.pk}/rename/", {"name": ""}, follow=True)
    assert "1 to 80 characters" in answer.content.decode()


def test_the_list_shows_names_with_small_numbers_and_finds_by_both(engineer: Client) -> None:
    found = run(name="DPO on mine")
    run(name="Another")
    for words in ("dpo ON", str(found.pk)):
        html = page(engineer, f"/runs/?q={words}")
        assert f'<span class="faint small number">#{found.pk}</span>' in html and "Another" not in html


def test_cancelling_and_resuming_go_through_launching(engineer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[int] = []
    monkeypatch.setattr(launching, "enqueue", lambda one: sent.append(one.pk))
    waiting = run()
    assert engineer.post(f"/runs/{waiting.pk}/cancel/").headers["Location"] == f"{HERE}/runs/{waiting.pk}/"
    assert Run.objects.get(pk=waiting.pk).state == "cancelled"
    engineer.post(f"/runs/{waiting.pk}/resume/")
    assert Run.objects.get(pk=waiting.pk).state == "queued"
    assert sent == [waiting.pk]


def test_a_lever_that_moves_nothing_says_so(engineer: Client) -> None:
    ended = run(state="succeeded")
    for lever, words in (("cancel", "already ended"), ("resume", "failed, was lost or was cancelled")):
        answer = engineer.post(f"/runs/{ended.pk}/{lever}/", follow=True)
        assert words in answer.content.decode()


def benchmark(*names: str) -> Run:
    authors = [author(name) for name in names]
    settings = {"benchmark": "alpaca_eval", "authors": [one.pk for one in authors], "baseline": author("base").pk}
    measured = run("benchmark", state="succeeded", spec={"settings": settings})
    for place, one in enumerate(authors):
        BenchmarkResult.objects.create(
            benchmark="alpaca_eval",
            run=measured,
            name=one.name,
            baseline="base",
            judge="a-judge",
            value=70.434783 + place,
            low=67.3,
            high=73.6,
            n=805,
            figures={"lc_c": 1.0, "length_controlled_winrate": None, "rough_length_controlled_winrate": 51.2}
            | {"lc_notes": ["difficulty is <b>unknown</b>"], "n_missing": 4},
        )
    return measured


def test_a_benchmark_shows_its_rows_and_names_its_models(engineer: Client) -> None:
    html = page(engineer, f"/runs/{benchmark('vicuna-13b', 'alpaca-7b').pk}/")
    assert "70.43" in html
    assert "against base" in html
    assert "vicuna-13b, alpaca-7b" in html
    assert html.count("/leaderboards/results/") == 2
    assert '51.2 <span class="badge warn">rough</span>' in html and "4 missing" in html
    assert "<b>unknown" not in html


def test_queries_of_a_benchmark_do_not_grow_with_its_rows(engineer: Client) -> None:
    few = queries(engineer, f"/runs/{benchmark('one').pk}/")
    many = benchmark(*(f"model-{n}" for n in range(10)))
    assert queries(engineer, f"/runs/{many.pk}/") == few


JUDGED = {
    "judged": 412,
    "failed": 3,
    "inconsistent": 41,
    "calls": 830,
    "cached": 170,
    "unparsed": 3,
    "tokens_in": 830_000,
    "tokens_out": 41_500,
    "price": 9.54,
    "endpoints": {
        "one": {"calls": 500, "price": 5.0, "seconds": 1000},
        "two": {"calls": 330, "price": 4.54, "seconds": 330},
    },
    "calls_per_second": 61.5,
}


def test_a_judging_run_says_what_it_spent_and_how_the_answers_were(engineer: Client) -> None:
    html = page(engineer, f"/runs/{running(kind='judge', result=JUDGED, spec={'settings': {'budget': 20.0}}).pk}/")
    said = ("$9.54", "of $20.00", "61.5 a second", "3 to repair", "41 pairs, counted as ties", "17.0 %", "Pause")
    assert all(words in html for words in said)
    assert "one" in html and "2.0 s" in html and "Cancel</button>" not in html


@pytest.mark.parametrize("kind", ["judge", "evaluate", "benchmark"])
def test_a_run_that_came_to_its_budget_asks_for_more(
    engineer: Client, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(launching, "enqueue", lambda one: None)
    spent = {"state": "cancelled", "error": "The budget of $20.00 is spent: 412 of 900 pairs judged."}
    found = run(kind, result=JUDGED | {"out_of_budget": True}, spec={"settings": {"budget": 20.0}}, **spent)
    html = page(engineer, f"/runs/{found.pk}/")
    assert "paused" in html and "412 of 900" in html and 'name="budget"' in html
    engineer.post(f"/runs/{found.pk}/resume/", {"budget": "many"})
    assert Run.objects.get(pk=found.pk).state == "cancelled"
    engineer.post(f"/runs/{found.pk}/resume/", {"budget": "40"})
    found.refresh_from_db()
    assert (found.state, found.spec["settings"]["budget"]) == ("queued", 40.0)


def test_an_evaluation_that_has_ended_says_what_its_judge_cost(engineer: Client) -> None:
    result = {"evaluations": 2, "judge": "xwin_pair v1", "calls": 1200, "price": 1.56}
    html = tight(page(engineer, f"/runs/{run('evaluate', state='succeeded', result=result).pk}/"))
    assert '<span class="label">Calls</span> <span class="value">1,200</span>' in html
    assert '<span class="label">Spent</span> <span class="value">$1.56</span>' in html


def test_a_run_whose_endpoint_is_gone_says_so_and_stays(engineer: Client) -> None:
    Endpoint.objects.create(name="west", pool="default", base_url="https://west.example/v1", is_active=False)
    found = run("judge", state="failed", spec={"settings": {"judge": "xwin_pair", "collection": "toys"}})
    html = engineer.post(f"/runs/{found.pk}/resume/", follow=True).content.decode()
    assert "The run is not resumed. The pool" in html and "switched on" in html
    assert Run.objects.get(pk=found.pk).state == "failed"


def test_a_run_whose_files_were_erased_says_so_and_cannot_be_resumed(engineer: Client) -> None:
    gone = run("sft", state="failed", files_erased_at=datetime(2026, 11, 12, 2, 0, tzinfo=UTC))
    shown = page(engineer, f"/runs/{gone.pk}/")
    assert "log and intermediate files were erased on 12 Nov 2026. It cannot be resumed: launch it anew." in shown
    assert f"/runs/{gone.pk}/resume/" not in shown and "Nothing was printed yet" not in shown
    answer = engineer.post(f"/runs/{gone.pk}/resume/", follow=True).content.decode()
    assert "The run is not resumed." in answer and Run.objects.get(pk=gone.pk).state == "failed"
