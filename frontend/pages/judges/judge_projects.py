"""An admin says which projects may ask a judge."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from annotation.keeping import keep_judge, row_of
from frontend.pages.judges.judges import judge_authors
from frontend.presenters.judges.projects import ProjectsForm, words
from studio.accounts.access import asker, requires
from studio.accounts.roles import Capability


@require_POST
@requires(Capability.ADMINISTER)
def judge_projects(request: HttpRequest, pk: int) -> HttpResponse:
    """Back to its page, which stays where this project may no longer ask it: what it judged here does too."""
    row = row_of(get_object_or_404(judge_authors(), pk=pk))
    if row is None:
        raise Http404
    form = ProjectsForm(row, request.POST)
    if form.is_valid():
        kept = keep_judge(asker(request), row.name, form.cleaned_data["projects"])
        messages.success(request, f"{kept} is {words(kept)} from now on.")
    for problem in form.errors.get("projects", []):
        messages.error(request, str(problem))
    return redirect("judge", pk)
