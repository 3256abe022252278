"""The project at work: its words, what hangs on it, and archiving, deleting or leaving it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from annotation.models import Assignment
from frontend.pages.projects.projects import ProjectForm
from frontend.presenters.projects.sharing import given_away
from studio.accounts.access import asker, requires
from studio.accounts.acts import people, projects
from studio.accounts.models import Invitation, Membership
from studio.accounts.roles import Capability
from studio.projects import erasing
from studio.projects.erasing import EraseRefused
from studio.projects.models import Project
from studio.projects.scope import one_here
from studio.words import counted
from training.models import Run


class WordsForm(ProjectForm):
    class Meta(ProjectForm.Meta):
        fields = ("name", "description")  # type: ignore[assignment]  # fewer

    clean_slug = None  # type: ignore[assignment]


def found() -> Project:
    return get_object_or_404(Project, pk=one_here())


@requires(Capability.ANNOTATE)
def project(request: HttpRequest) -> HttpResponse:
    user, one = asker(request), found()
    changes = user.can(Capability.MANAGE_PEOPLE)
    form = WordsForm(request.POST or None, instance=one) if changes else None
    if form and request.method == "POST" and form.is_valid():
        projects.change(user, form.save(commit=False))
        messages.success(request, "The project is saved.")
        return redirect("project")
    context: dict[str, Any] = {"project": found(), "form": form, "erases": user.can(Capability.ADMINISTER)}
    context["is_member"] = Membership.objects.filter(user=user, project=one).exists()
    return render(request, "projects/project.html", context)


@requires(Capability.MANAGE_PEOPLE)
def project_contents(request: HttpRequest) -> HttpResponse:
    """What belongs to it, as a fragment: counting takes a moment where much does."""
    context = {"counts": erasing.counts(found()), "open": unfinished(), "given": given_away()}
    return render(request, "projects/contents.html", context)


def unfinished() -> list[str]:
    """In the project: runs, pairs in people's hands, links that still let somebody in."""
    rows: list[tuple[QuerySet[Any], tuple[str, ...]]] = [
        (Run.objects.filter(state__in=Run.OPEN, parent=None), ("run queued or running", "runs queued or running")),
        (
            Assignment.objects.filter(state=Assignment.State.LEASED),
            ("pair open with people", "pairs open with people"),
        ),
        (Invitation.objects.open(), ("open invitation",)),
    ]
    return [counted(n, *nouns) for found, nouns in rows if (n := found.count())]


@require_POST
@requires(Capability.MANAGE_PEOPLE)
def project_archive(request: HttpRequest) -> HttpResponse:
    projects.archive(asker(request), found())
    messages.success(request, "The project is archived: it is read and not changed.")
    return redirect("project")


@require_POST
@requires(Capability.MANAGE_PEOPLE)
def project_restore(request: HttpRequest) -> HttpResponse:
    projects.archive(asker(request), found(), archived=False)
    messages.success(request, "The project is open again.")
    return redirect("project")


class DeleteForm(forms.Form):
    slug = forms.CharField(max_length=50)


@require_POST
@requires(Capability.ADMINISTER)
def project_delete(request: HttpRequest) -> HttpResponse:
    one, form = found(), DeleteForm(request.POST)
    try:
        projects.erase(asker(request), one, form["slug"].value() or "")
    except EraseRefused as refused:
        messages.error(request, str(refused))
        return redirect("project")
    messages.success(request, f"{one.name} is deleted, with all that belonged to it.")
    return redirect("/projects/")


@require_POST
@requires(Capability.ANNOTATE)
def project_leave(request: HttpRequest) -> HttpResponse:
    user, one = asker(request), found()
    people.remove(user, user)
    messages.success(request, f"You left {one.name}. What you judged stays.")
    return redirect("/projects/")
