"""The pages of errors: a request that cannot be read, and an exception that nobody caught."""

import sys

from django.core.exceptions import BadRequest, RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from studio.http import unrouted_problems
from studio.http.conflicts import conflict
from studio.http.outages import outage


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What was wrong with the address or the form; what Django suspects is told to the log alone."""
    if isinstance(exception, RequestDataTooBig):
        return render(request, "400.html", {"says": "What was sent is too large."}, status=413)
    says = str(exception) if isinstance(exception, BadRequest) else "Go back, load the page again and try once more."
    return render(request, "400.html", {"says": says}, status=400)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django asks for it while it handles an exception that nobody caught."""
    error = sys.exc_info()[1]
    found = conflict(error) or outage(error)
    if request.path_info.startswith(unrouted_problems.UNDER):
        return unrouted_problems.problem(found.status, found.says) if found else unrouted_problems.problem(500)
    # Without the request, whose person PostgreSQL would be asked for.
    if found is None:
        return HttpResponse(render_to_string("500.html"), status=500)
    again = request.get_full_path() if request.method == "GET" else "/"
    return HttpResponse(
        render_to_string("explained_error.html", {"error": found, "again": again}), status=found.status
    )
