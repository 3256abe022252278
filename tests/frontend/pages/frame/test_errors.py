"""The pages of errors say what was wrong to whom it helps, and to nobody what it does not concern."""

import pytest
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.test import RequestFactory

from frontend.pages.frame.errors import bad_request, server_error


def test_a_request_that_cannot_be_read_says_what_was_expected(rf: RequestFactory) -> None:
    page = bad_request(rf.get("/"), BadRequest("Send <one> number."))
    assert page.status_code == 400 and "Send &lt;one&gt; number." in page.content.decode()


def test_what_django_suspects_is_not_told(rf: RequestFactory) -> None:
    page = bad_request(rf.get("/"), SuspiciousOperation("Attempted access to /etc/passwd denied."))
    assert page.status_code == 400 and "passwd" not in page.content.decode()


def test_what_is_too_large_has_its_own_status(rf: RequestFactory) -> None:
    assert bad_request(rf.post("/"), RequestDataTooBig("…")).status_code == 413


@pytest.mark.parametrize(("path", "kind"), [("/api/v1/pairs/", "application/problem+json"), ("/pairs/", "text/html")])
def test_an_error_of_the_studio_is_a_page_or_a_problem(rf: RequestFactory, path: str, kind: str) -> None:
    try:
        raise KeyError("secret")
    except KeyError:
        page = server_error(rf.get(path))
    assert page.status_code == 500 and page.headers["Content-Type"].startswith(kind)
    assert "secret" not in page.content.decode()
