"""The form of a run: what is offered to whom, what it begins with, and at which field an error stands."""

from datetime import timedelta
from typing import Any

import pytest
from django import forms
from django.http import QueryDict
from django.utils import timezone

from annotation.models import Version
from frontend.presenters.training import launch
from frontend.presenters.training.launch import LaunchForm, launchable, missing_parts, reading, starting_from
from frontend.presenters.training.launch_fields import amount, form_field, is_list
from studio.accounts.models import User
from studio.accounts.roles import Role
from tests.annotation.making import collection, pair, prompt
from tests.conftest import somebody
from tests.frontend.machines import checkpoint, version
from training.models import Checkpoint, Worker
from training.models.workers import SILENT_AFTER
from training.runs.forms import Field


@pytest.mark.parametrize(
    ("kind", "offered"),
    [
        ("prompts", ["online", "sample", "evaluate"]),
        ("demonstrations", ["create", "sft"]),
        ("preferences", ["create", "sft", "reward", "dpo", "kto"]),
        ("responses", ["kto", "score", "keep_best", "review", "rate"]),
    ],
)
def test_a_version_is_offered_to_all_that_can_read_it(kind: str, offered: list[str]) -> None:
    engineer, lead = somebody(Role.ENGINEER), somebody(Role.LEAD)
    assert [name for name, _ in reading(Version(kind=kind), engineer)] == offered
    assert [name for name, _ in reading(Version(kind=kind), lead)] == [
        name for name in offered if name in ("review", "rate")
    ]


def test_a_reward_model_begins_its_successor_and_scores() -> None:
    offered = starting_from(Checkpoint(kind="reward"), somebody(Role.ENGINEER))
    assert offered == [("reward", "Train a reward model"), ("score", "Score")]


@pytest.mark.parametrize(
    ("role", "few"),
    [
        (Role.ANNOTATOR, set()),
        (Role.LEAD, {"judge", "rate", "review"}),
        (Role.ENGINEER, {"sft", "judge", "benchmark"}),
    ],
)
def test_each_may_launch_what_their_role_allows_and_a_recipe_has_its_own_page(role: Role, few: set[str]) -> None:
    offered = {kind for kind, _ in launchable(somebody(role))}
    assert few <= offered and "recipe" not in offered
    assert offered == few or role == Role.ENGINEER


@pytest.mark.parametrize(
    ("kind", "items", "words"),
    [("preferences", 4812, "4,812 pairs"), ("prompts", 1, "1 prompt"), ("responses", None, "0 responses")],
)
def test_a_version_says_how_much_it_holds(kind: str, items: int | None, words: str) -> None:
    assert amount(Version(kind=kind, counts={} if items is None else {"items": items})) == words


def field(**fields: Any) -> Field:
    given: dict[str, Any] = {"name": "epochs", "type": "number", "default": 3.0, "help": "Passes."}
    given |= {"required": False, "above": 0}
    return Field(**(given | fields))


@pytest.mark.parametrize(
    ("default", "listed"), [((1.0, 2.0), True), ([], True), ("a", False), (3, False), (({"n": 1},), False)]
)
def test_a_list_of_plain_values_is_written_with_commas(default: Any, listed: bool) -> None:
    assert is_list(field(default=default)) is listed


def begun(kind: str, query: str = "") -> LaunchForm:
    return LaunchForm(kind, begin=QueryDict(query))


def sent(kind: str, **data: str) -> LaunchForm:
    given = QueryDict(mutable=True)
    given.update(data)
    return LaunchForm(kind, given)


@pytest.mark.django_db
def test_the_button_says_how_much_the_chosen_version_holds() -> None:
    held = version([prompt("1?"), prompt("2?")], "preferences")
    assert begun("dpo").act == "Launch DPO"
    assert begun("dpo", f"version={held.pk}").act == "Launch DPO on 2 pairs"
    assert begun("dpo", "version=999").act == begun("dpo", "version=x").act == "Launch DPO"


@pytest.mark.django_db
def test_a_kind_that_starts_from_two_kinds_of_weights_says_which_each_is() -> None:
    policy, reward = checkpoint("p"), checkpoint("r", "reward")
    labels = [str(label) for _, label in begun("reward").fields["checkpoint"].choices][1:]  # type: ignore[attr-defined]
    assert labels == [f"{reward} · reward model", f"{policy} · policy"]


@pytest.mark.django_db
def test_judging_begins_with_the_newest_collection_that_has_pairs() -> None:
    pair(collection=collection("old")), pair(collection=collection("new")), collection("empty")
    assert begun("judge").initial["collection"] == "new"
    assert "collection" not in begun("judge", "pairs=1,2").initial


@pytest.mark.django_db
@pytest.mark.parametrize(("pairs", "n"), [("", 0), ("1,2,3", 3), ("1, 2,,x", 2), ("0", 1), ("-1", 0), ("9" * 40, 0)])
def test_pairs_that_the_address_names_are_counted(pairs: str, n: int) -> None:
    assert begun("judge", f"pairs={pairs}").chosen_pairs == n


@pytest.mark.django_db
def test_the_settings_that_people_change_first_stand_apart_from_the_others() -> None:
    form = begun("sft")
    first, others, origin = ([bound.name for bound in part] for part in (form.first, form.others, form.origin))
    assert first == [name for name in form.known.first if name in form.fields]
    assert not set(first) & set(others) and not set(origin) & set(others)
    mixture = [bound.name for bound in form.mixture]
    assert {*first, *others, *origin, *mixture, "name"} == set(form.fields)


@pytest.mark.django_db
def test_an_error_stands_at_the_field_that_the_form_shows_it_as() -> None:
    form = begun("evaluate")
    assert form.placed("comparisons", "Choose two.") == ("compared", "Choose two.")
    assert form.placed("inputs.prompts", "Choose one.") == ("input_prompts", "Choose one.")
    assert form.placed("weather", "It rains.") == (None, "weather: It rains.")


@pytest.mark.django_db
def test_an_error_of_a_draw_stands_at_its_own_field() -> None:
    form = begun("sample")
    assert form.placed("draws", "temperature: It is too high at [0].") == ("temperature", "It is too high")
    assert sent("sample", n="0", temperature="hot").draw_errors().keys() == {"n", "temperature"}
    assert sent("sample", n="4", temperature="0.7").draw_errors() == {}


@pytest.mark.django_db
def test_a_request_that_was_refused_launches_nothing_and_says_all_at_once(eli: User) -> None:
    form = sent("sft", learning_rate="-1", epochs="many")
    assert form.launch(eli) is None
    assert {"learning_rate", "epochs", "checkpoint", "input_train"} <= set(form.errors)


@pytest.mark.django_db
def test_a_form_without_a_body_is_no_request(eli: User) -> None:
    form = LaunchForm("sft")
    assert form.launch(eli) is None and not form.errors


def test_each_type_of_setting_has_its_control() -> None:
    number, flag, choice = (
        form_field(field(), ()),
        form_field(field(name="chat", type="boolean", default=False), ()),
        form_field(field(name="pairing", type="choice", default="best"), ["best", "worst"]),
    )
    assert number.widget.attrs["inputmode"] == "decimal" and isinstance(flag, forms.BooleanField)
    assert isinstance(choice, forms.ChoiceField) and [value for value, _ in choice.choices] == ["best", "worst"]  # type: ignore[misc,union-attr]
    assert number.help_text == "Passes. Above 0."


def test_a_choice_without_a_default_may_be_left_open() -> None:
    choice: Any = form_field(field(type="choice", default=None), ["a"])
    assert list(choice.choices)[0] == ("", "–")
    required: Any = form_field(field(type="choice", default=None, required=True), ["a"])
    assert list(required.choices) == [("a", "a")]


def worker(name: str, missing: list[str], silent: bool = False, queue: str = "gpu") -> Worker:
    seen = timezone.now() - (SILENT_AFTER * 2 if silent else timedelta())
    return Worker.objects.create(name=name, queue=queue, details={"missing": missing}, last_seen_at=seen)


@pytest.mark.django_db
def test_what_is_missing_is_what_the_best_equipped_worker_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "machine", lambda: {"missing": ["torch", "trl"]})
    worker("gone", [], silent=True), worker("elsewhere", [], queue="cpu")
    assert missing_parts("gpu") == ["torch", "trl"]
    worker("one", ["vllm", "lm_eval"]), worker("other", ["vllm"])
    assert missing_parts("gpu") == ["vllm"]


@pytest.mark.usefixtures("db")
def test_further_settings_stand_under_headings_the_kinds_own_first() -> None:
    (own, fields), *others = LaunchForm("sft").others_by_theme
    assert own == "Data and loss" and {"loss_on", "data_seed"} <= {bound.name for bound in fields}
    assert [theme for theme, _ in others][:2] == ["Model and machine", "Optimiser and learning rate"]
    [(nothing, _)] = LaunchForm("keep_best").others_by_theme
    assert nothing == ""
