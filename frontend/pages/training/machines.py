"""The machines of the team, what runs on them and what waits."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from frontend.presenters.training import machines
from studio.accounts.access import requires
from studio.accounts.roles import Capability


@never_cache
@requires(Capability.READ_DATA)
def machine_list(request: HttpRequest) -> HttpResponse:
    """The whole page; where htmx asks, what moves."""
    part = "machines/live.html" if request.headers.get("HX-Request") else "machines/list.html"
    return render(request, part, machines.page())
