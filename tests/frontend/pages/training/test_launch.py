"""Launching a run from its typed form, and starting a recipe."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from django.test import Client

from annotation.judges.client import endpoints
from annotation.judges.config import registry
from annotation.models import ProjectDefaults, Version
from frontend.presenters.training import launch as form
from frontend.presenters.training.launch import LaunchForm
from studio.accounts.models import User
from tests.annotation.making import author, judge, pair, prompt
from tests.conftest import HERE
from tests.frontend.machines import checkpoint, version
from training.models import Run
from training.runs import launching
from training.runs.kinds import KINDS, accepted


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    kinds: list[str] = []
    monkeypatch.setattr(launching, "enqueue", lambda run: kinds.append(run.kind))
    return kinds


@pytest.fixture(autouse=True)
def _no_key(settings: Any) -> None:
    settings.OPENAI_API_KEY = ""


@pytest.fixture
def asked() -> Version:
    return version([prompt("Why?")])


def shown(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


@pytest.mark.parametrize("kind", [kind for kind in KINDS if KINDS[kind].has_form and kind != "recipe"])
def test_every_kind_has_its_form_and_its_words(engineer: Client, kind: str) -> None:
    html = shown(engineer, f"/runs/new/{kind}/")
    assert KINDS[kind].button[1] in html
    assert all(f'name="{name}"' in html for name in KINDS[kind].first)


def test_a_form_is_prefilled_from_the_address_and_says_what_it_will_do(engineer: Client, pairs: Version) -> None:
    html = shown(engineer, f"/runs/new/dpo/?checkpoint={checkpoint('base').pk}&version={pairs.pk}")
    assert f'<option value="{pairs.pk}" selected data-says="2 pairs">' in html
    assert "Launch DPO on 2 pairs" in html


@pytest.mark.parametrize(
    ("kind", "holds", "times"),
    [
        ("keep_best", Version.Kind.RESPONSES, 1),
        ("judge", Version.Kind.RESPONSES, 1),
        ("judge", Version.Kind.PROMPTS, 0),
        ("evaluate", Version.Kind.PROMPTS, 1),
    ],
)
def test_a_version_of_the_address_is_chosen_for_the_one_input_that_it_fits(
    engineer: Client, pairs: Version, kind: str, holds: str, times: int
) -> None:
    Version.objects.filter(pk=pairs.pk).update(kind=holds)
    html = shown(engineer, f"/runs/new/{kind}/?version={pairs.pk}")
    assert html.count(f'value="{pairs.pk}" selected') == times


def test_a_form_offers_checkpoints_and_versions_of_the_right_kind_only(engineer: Client, pairs: Version) -> None:
    checkpoint("a-policy")
    checkpoint("a-rater", "reward")
    html = shown(engineer, "/runs/new/sample/")
    assert "a-policy" in html and "a-rater" not in html and "votes" not in html


def test_finetuning_learns_the_chosen_responses_of_preferences_too(engineer: Client, pairs: Version) -> None:
    """As the control of DPO does."""
    assert "Train on demonstrations or pairs" in shown(engineer, "/runs/new/sft/")
    chosen = {"checkpoint": checkpoint("base").pk, "input_train": pairs.pk, "gpus": "0"}
    assert engineer.post("/runs/new/sft/", chosen).status_code == 302
    assert list(Run.objects.get().versions.all()) == [pairs]


def test_a_reward_model_learns_on_from_a_reward_model(engineer: Client, pairs: Version) -> None:
    checkpoint("a-policy")
    rater = checkpoint("a-rater", "reward")
    html = shown(engineer, f"/runs/new/reward/?checkpoint={rater.pk}")
    assert "a-policy · policy" in html and "a-rater · reward model" in html
    engineer.post("/runs/new/reward/", {"checkpoint": rater.pk, "input_train": pairs.pk, "gpus": "0"})
    assert Run.objects.get().checkpoint == rater


@pytest.mark.django_db
@pytest.mark.parametrize("kind", [kind for kind in KINDS if KINDS[kind].has_form and kind != "recipe"])
def test_a_form_offers_all_that_its_kind_takes(kind: str) -> None:
    known, form = KINDS[kind], LaunchForm(kind)
    for field, kinds in [("checkpoint", known.bases), *((f"input_{r}", accepted(k)) for r, k in form.roles.items())]:
        if kinds:
            offered = form.fields[field].queryset.query.where.children[-1].rhs  # type: ignore[attr-defined]
            assert set(offered) == set(kinds)


@pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if kind.asks_a_judge])
def test_a_judge_with_nul_is_refused_at_its_field(engineer: Client, kind: str) -> None:
    response = engineer.post(f"/runs/new/{kind}/", {"judge": "a\0b"})
    assert response.status_code == 422 and "judge" in response.context["form"].errors


@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "times"), [("sft", 0), ("evaluate", 1), ("benchmark", 1)])
def test_a_form_asks_once_which_judges_can_be_asked(kind: str, times: int, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Mock(side_effect=endpoints.faults)
    monkeypatch.setattr(endpoints, "faults", asked)
    LaunchForm(kind)
    assert asked.call_count == times


def test_what_was_chosen_is_launched(engineer: Client, eli: User, pairs: Version, sent: list[str]) -> None:
    base, against = checkpoint("base"), checkpoint("against")
    chosen = {"checkpoint": base.pk, "input_train": pairs.pk, "epochs": "2", "losses": "sigmoid, sft"}
    chosen |= {"reference": against.pk}
    response = engineer.post("/runs/new/dpo/", chosen | {"loss_weights": "1, 0.5", "gpus": "0", "name": "Mine"})
    run = Run.objects.get()
    assert response.headers["Location"] == f"{HERE}/runs/{run.pk}/"
    assert (run.name, run.checkpoint, run.reference, run.requested_by) == ("Mine", base, against, eli)
    settings = run.spec["settings"]
    assert (settings["epochs"], settings["losses"], settings["loss_weights"]) == (2.0, ["sigmoid", "sft"], [1.0, 0.5])
    assert sent == ["dpo"]


def test_a_mixture_is_chosen_with_a_weight_for_each_dataset(engineer: Client, pairs: Version) -> None:
    other = version([prompt("Three?")], "preferences", "other")
    chosen = {"checkpoint": checkpoint("base").pk, "input_train": pairs.pk, "input_train_3": other.pk, "gpus": "0"}
    weights = {"weight_train": "3", "weight_train_3": "1", "weight_train_2": "9"}
    engineer.post("/runs/new/dpo/", chosen | weights)
    run = Run.objects.get()
    assert run.spec["settings"]["shares"] == [3.0, 1.0]
    assert {row.name: row.version for row in run.run_versions.all()} == {"train": pairs, "train_3": other}


def test_each_dataset_of_a_mixture_has_a_weight_or_none_has(engineer: Client, pairs: Version) -> None:
    chosen = {"checkpoint": checkpoint("base").pk, "input_train": pairs.pk, "input_train_2": pairs.pk, "gpus": "0"}
    response = engineer.post("/runs/new/dpo/", chosen | {"weight_train": "x"})
    errors = response.context["form"].errors
    assert errors["weight_train"] == ["“x” is not a number above 0."]
    assert errors["weight_train_2"] == ["Give each dataset a weight, or none of them."]
    assert "given twice" in str(errors["input_train_2"])
    assert '<details class="more" open> <summary>Mix' in " ".join(response.content.decode().split())


def test_a_pasted_template_stands_in_the_place_of_a_named_one(engineer: Client) -> None:
    data = version([prompt("One?")], "demonstrations", "shown")
    text = "{% for m in messages %}\n{{ m.content }}</s>{% endfor %}"
    chosen = {"checkpoint": checkpoint("base").pk, "input_train": data.pk, "gpus": "0", "chat_template": text}
    response = engineer.post("/runs/new/sft/", chosen | {"template_tokens": "<|a|>, <|b|>"})
    assert response.status_code == 302, response.context["form"].errors
    settings = Run.objects.get().spec["settings"]
    assert (settings["template"], settings["chat_template"]) == ("own", text)
    assert settings["template_tokens"] == ["<|a|>", "<|b|>"]
    assert "<textarea" in shown(engineer, "/runs/new/sft/")


def test_each_error_stands_at_its_field_and_nothing_is_launched(engineer: Client, pairs: Version) -> None:
    chosen = {"checkpoint": checkpoint("base").pk, "input_train": pairs.pk, "beta": "-1", "epochs": "many"}
    response = engineer.post("/runs/new/dpo/", chosen)
    assert response.status_code == 422
    errors = response.context["form"].errors
    assert set(errors) >= {"epochs"} and not Run.objects.exists()
    assert 'value="many"' in response.content.decode()


def test_all_errors_come_in_one_round_and_nonsense_is_named(engineer: Client) -> None:
    given = {"beta": "many", "epochs": "-1", "gpus": "1.5", "batch_size": "100", "losses": "sigmoid, sft"}
    errors = engineer.post("/runs/new/dpo/", given | {"loss_weights": "1"}).context["form"].errors
    assert set(errors) == {"checkpoint", "input_train", "beta", "epochs", "gpus", "loss_weights"}
    assert errors["beta"] == ["“many” is not a number."] and errors["gpus"] == ["1.5 is not a whole number."]
    assert errors["epochs"] == ["-1 is not above 0, at most 100."]


def test_errors_of_a_draw_and_of_the_rest_come_together(engineer: Client) -> None:
    given = {"n": "few", "temperature": "hot", "max_tokens": "0"}
    errors = engineer.post("/runs/new/sample/", given).context["form"].errors
    assert set(errors) == {"checkpoint", "input_prompts", "n", "temperature", "max_tokens"}


def test_finetuning_keeps_a_template_unless_its_change_is_asked_for(engineer: Client, tmp_path: Path) -> None:
    (tmp_path / "tokenizer_config.json").write_text('{"chat_template": "{{ messages }}"}')
    chosen: dict[str, Any] = {"checkpoint": checkpoint("mine", path=str(tmp_path)).pk}
    chosen |= {"input_train": version([prompt()], "demonstrations").pk, "gpus": "0"}
    engineer.post("/runs/new/sft/", chosen)
    refused = engineer.post("/runs/new/sft/", chosen | {"template": "vicuna"}).context["form"].errors
    assert list(refused) == ["template"] and "a chat template of its own" in str(refused)
    engineer.post("/runs/new/sft/", chosen | {"template": "vicuna", "replace_template": "on"})
    templates = [run.spec["settings"]["template"] for run in Run.objects.order_by("pk")]
    assert templates == ["own", "vicuna"]


def test_the_template_of_finetuning_keeps_its_help_and_is_left_to_the_checkpoint(engineer: Client) -> None:
    field = engineer.get("/runs/new/sft/").context["form"]["template"]
    assert field.help_text.startswith("Chat template") and not field.value() and not field.field.required


def test_each_judge_of_the_form_is_read_once(engineer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    load = Mock(wraps=registry.load)
    monkeypatch.setattr(registry, "load", load)
    assert 'value="xwin_pair"' in shown(engineer, "/runs/new/judge/")
    assert [call.args[0] for call in load.call_args_list] == registry.everywhere()


def test_a_base_model_without_a_template_learns_vicuna(engineer: Client) -> None:
    chosen = {"checkpoint": checkpoint("base").pk, "input_train": version([prompt()], "demonstrations").pk}
    engineer.post("/runs/new/sft/", chosen | {"gpus": "0"})
    assert Run.objects.get().spec["settings"]["template"] == "vicuna"


@pytest.mark.parametrize("kind", ["judge", "benchmark"])
def test_a_judge_without_a_key_is_refused_before_the_start(engineer: Client, kind: str) -> None:
    prompt()
    given = {"judge": "xwin_pair", "collection": "a-collection", "benchmark": "alpaca_eval", "authors": author("m").pk}
    errors = engineer.post(f"/runs/new/{kind}/", given).context["form"].errors
    assert "set OPENAI_API_KEY and start the studio again" in str(errors["judge"]) and not Run.objects.exists()


def test_an_error_among_the_other_settings_opens_them(engineer: Client, pairs: Version) -> None:
    chosen = {"checkpoint": checkpoint("base").pk, "input_train": pairs.pk, "max_grad_norm": "0"}
    assert '<details class="more" open>' in engineer.post("/runs/new/dpo/", chosen).content.decode()


def test_sampling_64_is_two_plain_fields(engineer: Client) -> None:
    asked = version([prompt()])
    chosen = {"checkpoint": checkpoint("base").pk, "input_prompts": asked.pk, "n": "64", "temperature": "0.9"}
    engineer.post("/runs/new/sample/", chosen | {"distinct": "on"})
    draw = Run.objects.get().spec["settings"]["draws"][0]
    assert (draw["n"], draw["temperature"], draw["top_p"]) == (64, 0.9, 1.0)


@pytest.mark.parametrize(("text", "words"), [("a, b", ["a, b"]), (r'["\n\n", "###"]', ["\n\n", "###"])])
def test_how_tokens_are_drawn_is_chosen_in_the_form(engineer: Client, text: str, words: list[str]) -> None:
    chosen = {"checkpoint": checkpoint("base").pk, "input_prompts": version([prompt()]).pk}
    drawing = {"top_k": "50", "min_p": "0.05", "repetition_penalty": "1.1", "min_tokens": "3", "system": "Be kind."}
    engineer.post("/runs/new/sample/", chosen | drawing | {"stop": text})
    draw = Run.objects.get().spec["settings"]["draws"][0]
    assert {name: str(draw[name]) for name in drawing} == drawing
    assert draw["stop"] == words


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"stop": "[1"}, "stop"),
        ({"top_k": "-1"}, "top_k"),
        ({"n": "5000"}, "n"),
        ({"n": "4", "temperature": "0"}, "n"),
    ],
)
def test_what_is_wrong_with_a_draw_stands_at_its_field(engineer: Client, given: dict[str, str], field: str) -> None:
    chosen = {"checkpoint": checkpoint("base").pk, "input_prompts": version([prompt()]).pk}
    response = engineer.post("/runs/new/sample/", chosen | given)
    assert list(response.context["form"].errors) == [field]


def test_an_evaluation_compares_the_chosen_with_a_baseline(engineer: Client) -> None:
    one, other = checkpoint("one"), checkpoint("other")
    chosen: dict[str, Any] = {"input_prompts": version([prompt()]).pk, "compared": [one.pk], "baseline": other.pk}
    engineer.post("/runs/new/evaluate/", chosen | {"judge": "rubric_two"})
    (comparison,) = Run.objects.get().spec["settings"]["comparisons"]
    assert (comparison["checkpoint"], comparison["baseline"]) == (one.pk, other.pk)


def test_an_evaluation_offers_judges_that_can_be_asked_and_says_what_the_others_need(
    engineer: Client, settings: Any
) -> None:
    settings.OPENAI_API_KEY = ""
    html = shown(engineer, "/runs/new/evaluate/")
    assert '<option value="rubric_two">' in html and '<option value="xwin_pair">' not in html
    assert "other judges cannot be asked now. No key for the judge&#x27;s endpoint: set OPENAI_API_KEY" in html
    settings.OPENAI_API_KEY = "sk-test"
    html = shown(engineer, "/runs/new/evaluate/")
    assert '<option value="xwin_pair">' in html and "cannot be asked" not in html


@pytest.mark.parametrize("kind", ["evaluate", "benchmark"])
def test_a_judge_that_lost_its_key_keeps_its_place_in_the_form_with_its_fault(engineer: Client, kind: str) -> None:
    response = engineer.post(f"/runs/new/{kind}/", {"judge": "xwin_pair"})
    assert "set OPENAI_API_KEY" in str(response.context["form"].errors["judge"])
    assert '<option value="xwin_pair" selected>' in response.content.decode()


def test_a_benchmark_offers_a_judge_without_a_key_once_it_has_verdicts(engineer: Client) -> None:
    assert '<option value="xwin_pair">' not in shown(engineer, "/runs/new/benchmark/")
    judge(pair(), 1, by=registry.ready("xwin_pair").author.name)
    assert '<option value="xwin_pair">' in shown(engineer, "/runs/new/benchmark/")


def test_an_evaluation_has_a_budget(engineer: Client, settings: Any) -> None:
    settings.OPENAI_API_KEY = "sk-test"
    one, other = checkpoint("one"), checkpoint("other")
    chosen: dict[str, Any] = {"input_prompts": version([prompt()]).pk, "compared": [one.pk], "budget": "2.5"}
    refused = engineer.post("/runs/new/evaluate/", chosen | {"judge": "xwin_pair"}).context["form"].errors
    assert "choose a baseline" in str(refused["compared"])
    engineer.post("/runs/new/evaluate/", chosen | {"judge": "xwin_pair", "baseline": other.pk})
    assert Run.objects.get().spec["settings"]["budget"] == 2.5


def test_the_budget_of_the_project_is_shown_in_an_empty_field(engineer: Client, settings: Any) -> None:
    settings.OPENAI_API_KEY = "sk-test"
    ProjectDefaults.objects.create(budget=1.5)
    of = pair().collection.slug
    assert re.search(r'name="budget"(?![^>]*value=)[^>]*placeholder="1.5"', shown(engineer, "/runs/new/judge/"))
    for judge_name, budget in (("xwin_pair", 1.5), ("rubric_one", 0.0)):
        engineer.post("/runs/new/judge/", {"judge": judge_name, "collection": of, "budget": ""})
        assert Run.objects.latest("pk").spec["settings"]["budget"] == budget


def test_a_kind_that_is_none_is_not_found(engineer: Client) -> None:
    assert engineer.get("/runs/new/magic/").status_code == 404
    assert engineer.get("/runs/new/recipe/").status_code == 404


def test_missing_parts_are_said_with_their_remedy(engineer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(form, "machine", lambda: {"missing": ["torch"]})
    assert "make run EXTRAS=train" in shown(engineer, "/runs/new/sft/")
    assert "EXTRAS=train" not in shown(engineer, "/runs/new/keep_best/")
    monkeypatch.setattr(form, "machine", lambda: {"missing": []})
    assert "EXTRAS=train" not in shown(engineer, "/runs/new/sft/")


def test_a_bound_form_keeps_its_kind(eli: User) -> None:
    assert LaunchForm("score").act == "Score"


def test_a_benchmark_measures_the_chosen_models_under_a_judge_that_can_be_asked(
    engineer: Client, settings: Any
) -> None:
    settings.OPENAI_API_KEY = "sk-test"
    models, base = [author("one"), author("two")], author("base")
    prompt()
    asked = {"benchmark": "alpaca_eval", "collection": "a-collection", "judge": "xwin_pair"}
    answer = engineer.post(
        "/runs/new/benchmark/", asked | {"authors": [model.pk for model in models], "baseline": base.pk}
    )
    assert answer.status_code == 302, answer.context["form"].errors
    chosen = Run.objects.get().spec["settings"]
    assert chosen["authors"] == [model.pk for model in models]
    assert (chosen["baseline"], chosen["judge"], chosen["l1_c"], chosen["gamed"]) == (
        base.pk,
        "xwin_pair",
        None,
        [],
    )


def test_a_judge_whose_verdicts_were_imported_can_be_chosen_too(engineer: Client) -> None:
    author("alpaca_eval_gpt4", "judge")
    assert '<option value="alpaca_eval_gpt4">' in shown(engineer, "/runs/new/benchmark/")


def test_a_request_without_a_body_shows_the_form(signed_in: Callable[[User], Client], ada: User) -> None:
    answer = signed_in(ada).post("/runs/new/create/")
    assert (answer.status_code, "form" in answer.context, Run.objects.count()) == (200, True, 0)


def test_reward_models_are_chosen_by_name(engineer: Client, asked: Version) -> None:
    rater, base = checkpoint("rater", kind="reward"), checkpoint("base")
    html = shown(engineer, f"/runs/new/online/?checkpoint={base.pk}&version={asked.pk}")
    assert 'name="loads_reward_models"' in html and ">rater</option>" in html
    given = {"checkpoint": base.pk, "input_train": asked.pk, "gpus": "0", "precision": "fp32"}
    none = engineer.post("/runs/new/online/", given)
    assert none.context["form"].errors["loads_reward_models"]
    assert engineer.post("/runs/new/online/", given | {"loads_reward_models": [rater.pk]}).status_code == 302
    run = Run.objects.get()
    assert [row.checkpoint for row in run.run_checkpoints.all()] == [rater]


def test_only_a_judge_is_said_to_read_chosen_pairs(engineer: Client) -> None:
    """How many pairs are kept of each prompt is another thing."""
    assert "chosen pair" not in shown(engineer, "/runs/new/keep_best/")
    assert "2 chosen pairs" in shown(engineer, "/runs/new/judge/?pairs=1,2")
