"""The machines' pages in a real Chromium: curves, logs, launching, comparing, live answers, accessibility."""

import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from studio.accounts.models import User
from tests.annotation.making import author, judge, pair, prompt
from tests.frontend.machines import checkpoint, run, running, version
from training import program_log
from training.checkpoints import model_server
from training.models import Metric, Run

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Browse = Callable[[User], Page]


@pytest.fixture(autouse=True)
def runs_folder(settings: Any, tmp_path: Path) -> Path:
    settings.RUNS_DIR = tmp_path
    return tmp_path


def logged(of: Run, steps: range, name: str = "loss") -> None:
    Metric.objects.bulk_create(Metric(run=of, name=name, step=step, value=1 / (step + 1)) for step in steps)


def printed(of: Run, text: str) -> None:
    of.directory.mkdir(exist_ok=True)
    with (of.directory / "log.txt").open("a") as log:
        log.write(text)


def ask(page: Page, words: str) -> None:
    page.get_by_label("What to ask").fill(words)
    page.keyboard.press("Control+Enter")


@pytest.fixture
def compared(db: None) -> str:
    """A page with two columns, one prompt and a verdict."""
    made = pair("Name a prime.", left="The number seven is prime.", right="The number nine is prime.")
    judge(made, -2)
    return f"/compare/?c={author('one-model').pk}&c={author('other-model').pk}"


def test_curves_and_log_grow_while_it_runs(browse_as: Browse, eli: User) -> None:
    page, moving = browse_as(eli), running(done=1, total=9)
    logged(moving, range(3))
    printed(moving, "step 1\n")
    page.goto(f"/runs/{moving.pk}/")
    expect(page.locator(".chart-card h3")).to_have_text(["loss"])
    expect(page.locator(".log")).to_contain_text("step 1")
    logged(moving, range(3, 6), "margin")
    printed(moving, "step 2\n")
    expect(page.locator(".chart-card h3")).to_have_text(["loss", "margin"])
    expect(page.locator(".log")).to_contain_text("step 2")


def test_a_log_is_followed_at_its_end_however_much_is_printed_and_after_it_was_cut(
    browse_as: Browse, eli: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, size in (("HEAD", 1_000), ("TAIL", 2_000), ("LARGEST", 4_000)):
        monkeypatch.setattr(program_log, name, size)
    page, moving = browse_as(eli), running(done=1, total=9)
    printed(moving, "begun\n")
    page.goto(f"/runs/{moving.pk}/")
    printed(moving, "so much to say\n" * 60_000 + "the last word\n")
    expect(page.locator(".log")).to_contain_text("the last word")
    program_log.ProgramLog(moving.directory / "log.txt").cut()
    printed(moving, "said after the cut\n")
    expect(page.locator(".log")).to_contain_text(re.compile("the last word\\s+said after the cut"))
    page.reload()
    expect(page.locator(".log")).to_contain_text("bytes were left out here")


def test_a_curve_of_one_point_is_a_point_with_its_value_and_a_schedule_is_not_smoothed(
    browse_as: Browse, eli: User
) -> None:
    page, ended = browse_as(eli), run(state="succeeded")
    Metric.objects.create(run=ended, name="eval_accuracy", step=120, value=0.1 + 0.2)
    logged(ended, range(9), "loss")
    logged(ended, range(9), "learning_rate")
    page.goto(f"/runs/{ended.pk}/")
    expect(page.get_by_label("eval accuracy by step, 0.3 at step 120")).to_be_visible()
    page.get_by_text("1 more curve", exact=True).click()
    expect(page.get_by_role("img", name=re.compile("^learning rate by step"))).to_be_visible()
    drawn = "it => { const { datasets } = Chart.getChart(it).data; return [datasets.length, datasets[0].pointRadius] }"
    names = ("eval accuracy", "loss", "learning rate")
    found = {name: page.get_by_role("img", name=re.compile(f"^{name} by step")).evaluate(drawn) for name in names}
    # A smoothed curve has the raw one behind it.
    assert found == {"eval accuracy": [1, 4], "loss": [2, 0], "learning rate": [1, 0]}


def test_what_matters_stands_first_and_the_axis_goes_to_the_planned_end(browse_as: Browse, eli: User) -> None:
    page, moving = browse_as(eli), running(kind="dpo", done=9, total=80)
    for name in ("logps/chosen", "rewards/margins", "loss", "rewards/accuracies"):
        logged(moving, range(1, 10), name)
    page.goto(f"/runs/{moving.pk}/")
    first = page.locator("[data-charts=first] h3")
    expect(first).to_have_text(["loss", "reward accuracy", "reward margin"])
    scale = "it => [Chart.getChart(it).scales.x.min, Chart.getChart(it).scales.x.max]"
    assert page.get_by_role("img", name=re.compile("^loss by step")).evaluate(scale) == [0, 80]
    expect(page.locator("[data-charts=rest] h3")).to_have_count(0)
    page.get_by_text("1 more curve", exact=True).press("Enter")
    expect(page.locator("[data-charts=rest] h3")).to_have_text(["log-probability of chosen"])


def test_what_is_measured_on_held_out_rows_is_drawn_beside_what_is_learnt(browse_as: Browse, eli: User) -> None:
    page, ended = browse_as(eli), run(state="succeeded")
    logged(ended, range(9), "loss")
    logged(ended, range(4, 9, 4), "eval_loss")
    page.goto(f"/runs/{ended.pk}/")
    expect(page.locator(".chart-card h3")).to_have_text(["loss"])
    expect(page.get_by_label("loss by step, 0.1111 at step 8, held out: 0.1111 at step 8")).to_be_visible()
    expect(page.get_by_text("Dashes and single dots")).to_be_visible()


def test_runs_chosen_in_the_list_are_drawn_over_each_other(browse_as: Browse, eli: User) -> None:
    page, runs = browse_as(eli), [run("dpo", name=f"Run {beta}", spec={"settings": {"beta": beta}}) for beta in (1, 2)]
    for one in runs:
        logged(one, range(5))
    page.goto("/runs/")
    for one in runs:
        page.get_by_label(f"Choose {one}").check()
    page.get_by_role("button", name="Compare their curves").click()
    expect(page.locator(".run-key a")).to_have_text(["Run 2", "Run 1"])
    names = "it => Chart.getChart(it).data.datasets.map(({ label }) => label).filter(Boolean)"
    drawn = page.get_by_role("img", name=re.compile("^loss by step"))
    expect(drawn).to_be_visible()
    assert drawn.evaluate(names) == [str(one.pk) for one in runs[::-1]]
    page.get_by_label("Group by").select_option("Beta")
    expect(page.locator(".run-group")).to_have_text(["Beta: 2", "Beta: 1"])


def test_best_of_n_is_a_curve_with_its_band_and_a_tick_for_each_n(browse_as: Browse, eli: User) -> None:
    curve = [{"n": n, "score": score, "prompts": 30, "error": 0.1} for n, score in ((1, -0.5), (2, 0.25), (4, 1.0))]
    ended = run("keep_best", state="succeeded", result={"figures": {"best_of_n": curve}})
    page = browse_as(eli)
    page.goto(f"/runs/{ended.pk}/")
    drawn = page.get_by_role("img", name=re.compile("^Mean best reward by n"))
    ends = "it => Chart.getChart(it).data.datasets.map(({ data }) => data.map(({ y }) => y.toFixed(2)))"
    ticks = "it => Chart.getChart(it).scales.x.ticks.map(({ label }) => label)"
    expect(drawn).to_be_visible()
    assert drawn.evaluate(ends) == [["-0.50", "0.25", "1.00"], ["-0.70", "0.05", "0.80"], ["-0.30", "0.45", "1.20"]]
    assert drawn.evaluate(ticks) == ["1", "2", "4"]


def test_the_page_loads_anew_when_its_run_has_ended(browse_as: Browse, eli: User) -> None:
    page, moving = browse_as(eli), running(done=1, total=9)
    page.goto(f"/runs/{moving.pk}/")
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    Run.objects.filter(pk=moving.pk).update(state="failed", error="It diverged.", claim=None, leased_until=None)
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("It diverged.")


def test_stopping_asks_first(browse_as: Browse, eli: User) -> None:
    page, waiting = browse_as(eli), run()
    page.goto(f"/runs/{waiting.pk}/")
    page.keyboard.press("x")
    page.locator("dialog").get_by_role("button", name="Keep running").click()
    assert Run.objects.get(pk=waiting.pk).state == "queued"
    page.keyboard.press("x")
    page.locator("dialog .button.danger").click()
    expect(page.locator(".page-head")).to_contain_text("cancelled")


def test_the_log_is_searched(browse_as: Browse, eli: User) -> None:
    page, ended = browse_as(eli), run(state="failed")
    printed(ended, "step 1\nloss is nan\nstep 2\n")
    page.goto(f"/runs/{ended.pk}/")
    page.get_by_label("Find in the log").fill("NAN")
    expect(page.locator(".log")).to_have_text("loss is nan")


def test_the_button_says_on_how_much(browse_as: Browse, eli: User) -> None:
    page = browse_as(eli)
    version([prompt("One?"), prompt("Two?")], "preferences", "votes")
    page.goto("/runs/new/dpo/")
    page.get_by_label("Train on pairs").select_option(index=1)
    expect(page.get_by_role("button", name="Launch DPO on 2 pairs")).to_be_visible()


def test_differences_are_marked_and_stay_in_the_address(browse_as: Browse, eli: User, compared: str) -> None:
    page = browse_as(eli)
    page.goto(compared)
    expect(page.locator(".is-marked")).to_have_count(0)
    page.keyboard.press("d")
    expect(page.locator("mark.in-a")).to_have_text("seven")
    expect(page.locator("mark.in-b")).to_have_text("nine")
    page.reload()
    expect(page.locator(".is-marked mark")).to_have_count(2)
    page.keyboard.press("d")
    assert "differences" not in page.url


def test_differences_behind_many_shared_words_are_marked(browse_as: Browse, eli: User) -> None:
    shared = " ".join(f"word{number}" for number in range(1_600))
    pair("Say much.", f"Seven {shared} eight {shared} nine", f"One {shared} two {shared} three")
    page = browse_as(eli)
    page.goto(f"/compare/?c={author('one-model').pk}&c={author('other-model').pk}&differences=1")
    expect(page.locator("mark.in-a")).to_have_text(["Seven", "eight", "nine"])
    expect(page.locator("mark.in-b")).to_have_text(["One", "two", "three"])


def test_what_is_folded_away_of_a_long_answer_is_not_compared(browse_as: Browse, eli: User) -> None:
    """It can be a hundred times as long as what is shown."""
    lines = [f"Line {number} of many, all of them alike." for number in range(2_000)]
    pair("Say more.", "\n".join(["Seven.", *lines, "eight"]), "\n".join(["One.", *lines, "nine"]))
    page = browse_as(eli)
    page.goto(f"/compare/?c={author('one-model').pk}&c={author('other-model').pk}&differences=1&whole=1")
    expect(page.locator("details.rest")).to_have_count(2)
    expect(page.locator("mark")).to_have_text(["Seven", "One"])


def test_win_rates_come_after_the_rows(browse_as: Browse, eli: User, compared: str) -> None:
    page = browse_as(eli)
    page.goto(compared)
    expect(page.locator(".comparison")).to_contain_text("100.0 %")


@pytest.fixture
def talkative(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """A model server that answers with the words it was asked, one by one; what it was asked."""
    asked: list[Any] = []

    async def stream(policy: Any, messages: Any, **sampling: Any) -> AsyncIterator[str]:
        asked.append([message["content"] for message in messages])
        for word in f"<b>{policy.name}</b> heard {len(messages)}".split(" "):
            yield f"{word} "

    async def score(rater: Any, messages: Any) -> float:
        return 1.5

    monkeypatch.setattr(model_server, "stream", stream)
    monkeypatch.setattr(model_server, "score", score)
    return asked


def test_all_columns_answer_and_go_on_from_their_own_words(browse_as: Browse, eli: User, talkative: list[Any]) -> None:
    page, one, other = browse_as(eli), checkpoint("one"), checkpoint("other")
    checkpoint("rater", "reward")
    page.goto(f"/compare/?mode=live&c={one.author_id}&c={other.author_id}")
    page.get_by_label("Score the answers with").select_option(label="scored by rater")
    ask(page, "Hello?")
    expect(page.locator(".reply .prose")).to_have_text(["<b>one</b> heard 1", "<b>other</b> heard 1"])
    expect(page.locator(".reply footer").first).to_contain_text("score 1.50")
    ask(page, "And now?")
    replies = page.locator(".reply .prose", has_text="heard 3")
    expect(replies).to_have_text(["<b>one</b> heard 3", "<b>other</b> heard 3"])
    assert ["Hello?", "<b>other</b> heard 1 ", "And now?"] in talkative


def test_a_model_that_cannot_answer_says_why_in_its_column(browse_as: Browse, eli: User, settings: Any) -> None:
    settings.MODELS_SOCKET = "/nonexistent/models.sock"
    page, one = browse_as(eli), checkpoint("one")
    page.goto(f"/compare/?mode=live&c={one.author_id}&c={author('published').pk}")
    ask(page, "Hello?")
    expect(page.locator(".reply").first).to_contain_text("make run EXTRAS=train")
    expect(page.locator(".reply").nth(1)).to_contain_text("its weights are not here")
