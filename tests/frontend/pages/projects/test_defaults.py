"""The page of a project's defaults, and the forms that begin with them."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from annotation.models import Collection, JudgeCall, ProjectDefaults
from studio.accounts.models import User
from tests.annotation.making import author, collection, pair
from training.models import TrainingDefaults

SignIn = Callable[[User], Client]
GIVEN = {"guidelines": "Be *fair*.", "overlap": 3, "judge": "rubric_one", "template": ""}


def text(client: Client, path: str) -> str:
    return " ".join(client.get(path).content.decode().split())


def test_a_stranger_is_asked_to_sign_in(outsider: Client) -> None:
    assert outsider.get("/defaults/").headers["Location"] == "/sign-in/?next=/defaults/"


def test_an_annotator_does_not_see_them(signed_in: SignIn, ann: User) -> None:
    assert signed_in(ann).get("/defaults/").status_code == signed_in(ann).post("/defaults/", GIVEN).status_code == 403


def test_a_lead_saves_them_and_what_they_may_not_choose_stays(signed_in: SignIn, lea: User) -> None:
    TrainingDefaults.objects.create(template="vicuna")
    page = signed_in(lea).post("/defaults/", GIVEN, follow=True).content.decode()
    assert "3 defaults changed. What exists stays as it is." in page
    assert "you need the right to train" in page
    found = ProjectDefaults.objects.get()
    assert (found.overlap, found.judge, TrainingDefaults.objects.get().template) == (3, "rubric_one", "vicuna")


def test_nonsense_is_told_at_its_field(signed_in: SignIn, lea: User) -> None:
    page = signed_in(lea).post("/defaults/", GIVEN | {"overlap": 0, "judge": "nobody"}).content.decode()
    assert "greater than or equal to 1" in page and "nobody is not one of the available choices" in page
    assert not ProjectDefaults.objects.exists()


def test_the_form_of_a_new_collection_begins_with_them_and_says_so(signed_in: SignIn, lea: User) -> None:
    ProjectDefaults.objects.create(guidelines="Be fair.", overlap=3)
    page = text(signed_in(lea), "/prompts/collections/new/")
    assert "Be fair." in page and "This is the default of this project" in page and 'value="3"' in page
    signed_in(lea).post("/prompts/collections/new/", {"name": "N", "slug": "n", "overlap": 2, "guidelines": ""})
    assert (Collection.objects.get().overlap, Collection.objects.get().guidelines) == (2, "")


def test_annotators_see_the_guidelines_of_the_project_where_a_collection_has_none(
    signed_in: SignIn, ann: User
) -> None:
    bare, own = collection("bare"), collection("own", guidelines="Mine.")
    ProjectDefaults.objects.create(guidelines="Be *fair* <script>.")
    page = text(signed_in(ann), f"/review/my/guidelines/{bare.slug}/")
    assert "These are the default of this project." in page and "<em>fair</em>" in page and "<script>" not in page
    assert "fair" not in text(signed_in(ann), f"/review/my/guidelines/{own.slug}/")


@pytest.mark.parametrize("kind", ["judge", "evaluate", "benchmark"])
def test_forms_of_runs_begin_with_the_judge_of_the_project(signed_in: SignIn, eli: User, kind: str) -> None:
    ProjectDefaults.objects.create(judge="rubric_two")
    page = text(signed_in(eli), f"/runs/new/{kind}/")
    chosen = 'value="rubric_two" checked' if kind == "judge" else 'value="rubric_two" selected'
    assert chosen in page and "default of this project" in page


@pytest.mark.parametrize("kind", ["sft", "sample"])
def test_forms_leave_the_template_to_the_checkpoint_and_then_to_the_project(
    signed_in: SignIn, eli: User, kind: str
) -> None:
    TrainingDefaults.objects.create(template="xverse")
    assert "The checkpoint’s own, or xverse where it has none" in text(signed_in(eli), f"/runs/new/{kind}/")


def test_what_the_next_night_erases_is_said_before_and_after_saving(signed_in: SignIn, lea: User) -> None:
    call = JudgeCall.objects.create(pair=pair(), author=author("a-judge", "judge"), shown="left_first", raw="B")
    JudgeCall.objects.filter(pk=call.pk).update(created_at=timezone.now() - timedelta(days=20))
    client, says = signed_in(lea), "With 10 days, the next night erases: 1 judge call."
    assert text(client, "/defaults/erased-next/?keep_raw_days=10") == says
    assert "With 30 days, the next night erases: nothing." in text(client, "/defaults/erased-next/?keep_raw_days=30")
    page = client.post("/defaults/", GIVEN | {"keep_raw_days": 10}, follow=True).content.decode()
    assert page.count(says) == 2 and "The last time" not in page and JudgeCall.objects.get().raw
    ProjectDefaults.objects.update(
        erased_at=timezone.now(), erased_calls=1204, erased_runs=3, erased_bytes=1_288_490_189
    )
    assert "The last time: 1,204 judge calls, 3 run folders, 1.2 GB." in text(client, "/defaults/")


def test_less_than_a_week_is_told_before_and_after_saving(signed_in: SignIn, lea: User) -> None:
    says = "greater than or equal to 7"
    assert says in text(signed_in(lea), "/defaults/erased-next/?keep_raw_days=6")
    assert says in signed_in(lea).post("/defaults/", GIVEN | {"keep_raw_days": 6}).content.decode()
    assert text(signed_in(lea), "/defaults/erased-next/?keep_raw_days=") == "Raw records stay for ever."


def test_what_would_be_erased_is_for_leads(outsider: Client, signed_in: SignIn, ann: User) -> None:
    path = "/defaults/erased-next/?keep_raw_days=10"
    assert outsider.get(path).status_code == 302
    assert signed_in(ann).get(path).status_code == 403
