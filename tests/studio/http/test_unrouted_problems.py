"""Errors under /api/ that no endpoint made have the API's form, and keep what a client needs of the answer."""

import json

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from studio.http.unrouted_problems import MEDIA_TYPE, api_problems, problem


def through(path: str, answer: HttpResponse) -> HttpResponse:
    found = api_problems(lambda request: answer)(RequestFactory().get(path))
    assert isinstance(found, HttpResponse)
    return found


@pytest.mark.parametrize("status", [400, 403, 404, 405, 413, 418, 500])
def test_an_error_under_api_becomes_a_problem_in_words(status: int) -> None:
    found = through("/api/v1/nothing/", HttpResponse("<h1>No</h1>", status=status))
    body = json.loads(found.content)
    assert (found.status_code, found.headers["Content-Type"], body["status"]) == (status, MEDIA_TYPE, status)
    assert body["detail"] and body["title"] and "<" not in body["detail"]


def test_pages_and_answers_that_are_no_errors_stay_as_they_are() -> None:
    page, good = HttpResponse("No", status=404), HttpResponse("yes")
    assert through("/prompts/", page) is page
    assert through("/api/v1/prompts/", good) is good


def test_a_problem_that_an_endpoint_made_stays_as_it_is() -> None:
    made = problem(409, "Taken.")
    assert through("/api/v1/prompts/", made) is made and json.loads(made.content)["detail"] == "Taken."


def test_headers_and_cookies_stay_and_those_of_the_old_body_go() -> None:
    answer = HttpResponse("No", status=405, headers={"Allow": "GET", "ETag": '"x"', "Retry-After": "3"})
    answer.set_cookie("theme", "dark")
    found = through("/api/v1/prompts/", answer)
    assert (found.headers["Allow"], found.headers["Retry-After"], "ETag" in found.headers) == ("GET", "3", False)
    assert found.cookies["theme"].value == "dark"
