"""Every noun in the admin: what it costs, what it finds, and what nobody may change."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from annotation import models
from annotation.datasets.versions import freeze
from annotation.models import Author, Collection, Endpoint, Judgment, Pair, Prompt
from annotation.review.queue import open_slots
from studio.accounts.models import ApiToken, User
from studio.projects.models import Project
from studio.projects.scope import inside
from tests.annotation.making import collection, judge, pair, score

pytestmark = pytest.mark.django_db

# What is only counted from other rows has pages, and nothing to administer.
COUNTED = {models.JudgeCard}
NOUNS = [found for found in map(models.__dict__.get, models.__all__) if hasattr(found, "_meta")]
NOUNS = [noun for noun in NOUNS if noun not in COUNTED]
CHANGED = {Author, Collection, Endpoint, models.JudgeBatch, models.KeptJudge, Prompt}
HISTORY = [noun for noun in NOUNS if noun not in CHANGED]


@pytest.fixture
def admin_client(signed_in: Callable[[User], Client], ada: User) -> Client:
    return signed_in(ada)


def address(noun: type[Model], page: str, *args: object) -> str:
    return reverse(f"admin:{noun._meta.app_label}_{noun._meta.model_name}_{page}", args=args)


def fill(numbers: range, user: User) -> None:
    """A row of every noun for each number."""
    for n in numbers:
        made = pair(f"Prompt {n}.", collection=collection("a-collection", created_by=user))
        judgment = judge(made, 1, f"judge-{n}")
        models.JudgeCall.objects.create(pair=made, author=judgment.author, judgment=judgment, shown="both", grade=1)
        models.Remark.objects.create(pair=made, author=judgment.author, reason="Odd.")
        flagged = models.Flag.objects.create(pair=made, author=judgment.author, reason="Odd.")
        models.Settlement.objects.create(flag=flagged, state="open", by=user, at=timezone.now())
        models.Pause.objects.create(user=user, by=user, ended_by=user, ended_at=timezone.now())
        score(made.left, 0.5)
        freeze(f"version-{n}", "preferences", {"flagged": "all"})
        ApiToken.issue(user, f"token-{n}")
        models.JudgeBatch.objects.create(author=judgment.author, endpoint="east", questions=[])
        Endpoint.objects.create(name=f"endpoint-{n}", base_url="https://judges.example/v1")
        models.Import.objects.create(collection=made.collection, file=f"{n}.jsonl", format="pairs", entries=1)
        project = Project.objects.create(slug=f"project-{n}", name=f"Project {n}")
        models.ProjectDefaults.objects.create(project=project)
        models.VersionShare.objects.create(version=models.Version.objects.get(name=f"version-{n}"), by=user)
        models.Move.objects.create(collection=made.collection, reached=project, by=user)
        models.JudgeSpending.objects.create(month=timezone.now().date(), asked_for=f"run {n}")
        models.KeptJudge.objects.create(name=f"judge-{n}", kept_to=[project.pk])
    open_slots(Pair.objects.all(), 1)


@pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: noun.__name__)
def test_every_noun_is_in_the_admin(noun: type[Model]) -> None:
    assert admin.site.is_registered(noun)


@pytest.mark.parametrize("noun", [*NOUNS, ApiToken], ids=lambda noun: noun.__name__)
def test_a_list_costs_the_same_for_one_row_as_for_ten(admin_client: Client, ada: User, noun: type[Model]) -> None:
    costs = []
    for numbers in (range(1), range(1, 10)):
        fill(numbers, ada)
        with CaptureQueriesContext(connection) as captured:
            assert admin_client.get(address(noun, "changelist")).status_code == 200
        costs.append(len(captured))
    assert costs[0] == costs[1]


def test_a_list_shows_the_rows_of_all_projects_and_those_of_one_alone(admin_client: Client) -> None:
    pair("Name a prime.")
    other = Project.objects.create(slug="other", name="Other")
    with inside(other.pk):
        pair("Name a colour.")
    listed = address(Pair, "changelist")
    said = admin_client.get(listed).content.decode()
    assert "Name a prime." in said and "Name a colour." in said
    said = admin_client.get(f"{listed}?project__id__exact={other.pk}").content.decode()
    assert "Name a prime." not in said and "Name a colour." in said


@pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: noun.__name__)
def test_a_row_can_be_looked_at(admin_client: Client, ada: User, noun: type[Model]) -> None:
    fill(range(1), ada)
    row = noun._base_manager.order_by("pk").first()
    assert row is not None
    assert admin_client.get(address(noun, "change", row.pk)).status_code == 200


@pytest.mark.parametrize("noun", HISTORY, ids=lambda noun: noun.__name__)
def test_history_can_be_looked_at_only(admin_client: Client, ada: User, noun: type[Model]) -> None:
    fill(range(1), ada)
    row = noun._base_manager.order_by("pk").first()
    assert row is not None
    assert admin_client.get(address(noun, "add")).status_code == 403
    assert admin_client.post(address(noun, "change", row.pk), {}).status_code == 403
    assert admin_client.post(address(noun, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert noun._base_manager.filter(pk=row.pk).exists()


@pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: noun.__name__)
def test_nobody_but_staff_comes_in(signed_in: Callable[[User], Client], lea: User, noun: type[Model]) -> None:
    assert signed_in(lea).get(address(noun, "changelist")).status_code == 302
    assert Client().get(address(noun, "changelist")).status_code == 302


@pytest.mark.parametrize("noun", [Prompt, models.Response, Pair], ids=lambda noun: noun.__name__)
def test_texts_are_found_in_words(admin_client: Client, noun: type[Model]) -> None:
    pair("Tell me of walruses.", "Walruses swim.", "Walruses bark.")
    pair("Tell me of cats.", "They purr.", "They sleep.")
    found = admin_client.get(address(noun, "changelist"), {"q": "walruses"})
    assert found.status_code == 200
    results = found.context["cl"].queryset
    assert 0 < results.count() < noun._default_manager.count()


def test_a_prompts_category_can_be_changed_and_its_messages_cannot(admin_client: Client, ada: User) -> None:
    fill(range(1), ada)
    prompt = Prompt.objects.get()
    inlines = {"responses-TOTAL_FORMS": 0, "responses-INITIAL_FORMS": 0}
    asked = {"category": "maths", "metadata": "{}", "text": "Something else.", **inlines}
    assert admin_client.post(address(Prompt, "change", prompt.pk), asked).status_code == 302
    prompt.refresh_from_db()
    assert (prompt.category, prompt.text) == ("maths", "Prompt 0.")


@pytest.mark.parametrize(
    ("noun", "taken"),
    [
        (Collection, {"name": "A", "slug": "a", "overlap": 1}),
        (Author, {"name": "A", "kind": "model", "details": "{}"}),
    ],
)
def test_what_an_admin_adds_belongs_to_their_last_project_and_is_there_once(
    admin_client: Client, project: Project, noun: type[Collection | Author], taken: dict[str, Any]
) -> None:
    other = Project.objects.create(slug="other", name="Other")
    theirs = noun._default_manager.create(project=other, **taken | ({"details": {}} if noun is Author else {}))
    assert "Tests" in admin_client.get(address(noun, "add")).content.decode()
    assert admin_client.post(address(noun, "add"), taken).status_code == 302
    assert noun._default_manager.get().project == project != theirs.project
    assert "already exists" in admin_client.post(address(noun, "add"), taken).content.decode()


def test_a_superseded_judgment_is_still_there_to_see(admin_client: Client) -> None:
    judgment = judge(pair(), 1)
    Judgment.objects.update(superseded_at=judgment.created_at)
    assert admin_client.get(address(Judgment, "change", judgment.pk)).status_code == 200
