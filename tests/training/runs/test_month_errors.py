"""What a run would cost beyond the project's month is refused at its launch, with the figure and the remedy."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from annotation.models import JudgeSpending, ProjectDefaults
from tests.annotation.making import pair
from training.models import Run
from training.runs import launching
from training.runs.forms import FormInvalid
from training.runs.judge_errors import judge_errors

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _ten_dollars_of_which_eight_are_spent(settings: Any) -> None:
    settings.OPENAI_API_KEY = "sk-test"
    ProjectDefaults.objects.create(judge="xwin_pair", budget=1.5, monthly_budget=10.0)
    JudgeSpending.objects.create(month=timezone.now().date().replace(day=1), asked_for="run 1", spent=8.0)


def refusal(paid: float = 0.0, **settings: Any) -> str:
    return judge_errors("judge", {"judge": "xwin_pair", "budget": 0.0} | settings, paid).get("budget", "")


def test_a_budget_beyond_what_is_left_is_refused_with_the_one_that_fits() -> None:
    says = refusal(budget=2.5)
    assert "A budget of $2.50 goes beyond: $2.00 of the project's $10.00 is left for" in says
    assert "Give the run a budget of at most 2.00" in says and "raise the limit" in says
    assert refusal(budget=2.0) == ""


def test_of_a_run_that_is_resumed_only_the_rest_of_its_budget_counts() -> None:
    assert refusal(paid=5.0, budget=7.0) == "" != refusal(paid=4.0, budget=7.0)


def test_what_is_still_reserved_for_a_run_is_not_held_against_it_when_it_is_resumed(
    make_run: Callable[..., Run],
) -> None:
    told = {"judge": "xwin_pair", "collection": "toys", "budget": 2.0}
    run, month = make_run(kind="judge", state="lost", spec={"settings": told}), JudgeSpending.objects.get().month
    of_another = JudgeSpending.objects.create(month=month, asked_for="run 0", reserved=1.5)
    with pytest.raises(FormInvalid, match=r"\$0\.50 of the project's"):
        launching.resume(run)
    of_another.delete()
    JudgeSpending.objects.update_or_create(month=month, asked_for=f"run {run.pk}", defaults={"reserved": 1.5})
    assert launching.resume(run)


def test_without_a_budget_its_forecast_must_fit() -> None:
    asked: dict[str, Any] = {"collection": pair().collection.slug, "source": ""}
    assert refusal(**asked) == ""
    JudgeSpending.objects.update(spent=9.9999)
    assert "The run is forecast at $" in refusal(**asked)


def test_where_nothing_is_left_nothing_paid_is_launched_and_programs_are() -> None:
    JudgeSpending.objects.update(spent=12.0)
    assert "$0.00 of the project's $10.00 is left" in refusal()
    assert judge_errors("judge", {"judge": "rubric_one"}) == {}


def test_a_run_begins_with_the_default_budget_as_far_as_the_month_bears_it() -> None:
    assert launching.checked("evaluate", {}, None, {})[0]["budget"] == 1.5
    JudgeSpending.objects.update(spent=9.25)
    assert launching.checked("evaluate", {}, None, {})[0]["budget"] == 0.75
    assert launching.checked("evaluate", {"budget": 0.5}, None, {})[0]["budget"] == 0.5


def test_a_default_budget_of_which_the_month_bears_no_cent_is_refused_and_not_forgotten() -> None:
    JudgeSpending.objects.update(spent=9.995)
    read, errors = launching.checked("evaluate", {}, None, {})
    assert read["budget"] == 1.5 and "A budget of $1.50 goes beyond: $0.005 of" in errors["budget"]


def test_a_judge_without_a_price_is_not_given_the_default_budget() -> None:
    asked = {"judge": "rubric_one", "collection": "a"}
    read, errors = launching.checked("judge", asked, None, {})
    assert read["budget"] == 0.0 and "budget" not in errors
    # Who writes the same figure believes that it is kept.
    assert "names no price" in launching.checked("judge", asked | {"budget": 1.5}, None, {})[1]["budget"]


def test_forms_say_what_is_left() -> None:
    field = next(field for field in launching.fields("judge") if field.name == "budget")
    assert "1.5 is the default of this project. $2.00 of the project's $10.00 is left for" in field.help
