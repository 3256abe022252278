"""The projects that somebody may enter, switching between them, and the form that makes one."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from annotation.review import queue
from studio.accounts.access import asker, signed_in
from studio.accounts.acts import projects
from studio.accounts.models import Membership, User
from studio.accounts.roles import Capability
from studio.projects import addresses
from studio.projects.models import Project
from studio.projects.scope import among
from training.models import Run


def listed(user: User) -> QuerySet[Project]:
    """Each with its number of members and this person's role, the archived ones last."""
    mine = Membership.objects.filter(user=user, project=OuterRef("pk"))
    found = Project.objects.filter(pk__in=user.projects().values("pk"))
    return found.annotate(
        n_members=Count("memberships", filter=Q(memberships__user__is_active=True)),
        my_role=Subquery(mine.values("role")),
    ).order_by(F("archived_at").asc(nulls_first=True), "name")


@signed_in
def project_list(request: HttpRequest) -> HttpResponse:
    user = asker(request)
    found = list(listed(user))
    with among(one.pk for one in found):
        wanted = in_each(queue.waiting())
    with among(user.projects_to(Capability.READ_DATA).values_list("pk", flat=True)):
        at_work = in_each(Run.objects.filter(state__in=Run.OPEN, parent=None))
    rows = [(one, addresses.root(one.slug), wanted.get(one.pk), at_work.get(one.pk)) for one in found]
    return render(request, "projects/list.html", {"rows": rows, "may_make": projects.may_make(user)})


def in_each(rows: QuerySet[Any]) -> dict[int, int]:
    """How many, by the id of their project."""
    return dict(rows.order_by().values_list("project").annotate(n=Count("pk")))


@signed_in
def project_switch(request: HttpRequest) -> HttpResponse:
    """The menu of the frame, as a fragment."""
    user = asker(request)
    open_ones = user.projects().filter(archived_at=None)
    rows = [(project, addresses.root(project.slug), project.slug == addresses.slug()) for project in open_ones]
    return render(request, "projects/switch.html", {"rows": rows, "may_make": projects.may_make(user)})


class ProjectForm(forms.ModelForm[Project]):
    class Meta:
        model = Project
        fields = ("name", "slug", "description")
        labels = {"slug": "Short name"}
        help_texts = {"slug": "Stands in the address of every page. You cannot change it later."}
        widgets = {"description": forms.Textarea(attrs={"rows": 2})}

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"]
        if slug in addresses.RESERVED:
            raise forms.ValidationError(f"“{slug}” is the address of another page. Choose another short name.")
        return slug


@signed_in
def project_new(request: HttpRequest) -> HttpResponse:
    user = asker(request)
    if not projects.may_make(user):
        raise PermissionDenied("A lead or an admin makes projects. Ask one of them.")
    form = ProjectForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = projects.make(user, form.save(commit=False))
        messages.success(request, f"{made.name} is made. Invite its people, and bring in its data.")
        return redirect(addresses.within(made.slug, reverse("home")))
    return render(request, "projects/new.html", {"form": form})
