"""`Authorization: Bearer xw_…`: who is let in, who is told why not, and who is slowed down."""

from collections.abc import Callable

import pytest
from django.test import RequestFactory
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.request import Request

from studio.accounts.models import ApiToken, User
from studio.accounts.sign_in.address_limits import UnknownTokens
from studio.accounts.sign_in.tokens import TokenAuthentication

pytestmark = pytest.mark.django_db

Authenticated = tuple[User, ApiToken] | None


@pytest.fixture
def send(rf: RequestFactory) -> Callable[..., Authenticated]:
    """`send("Bearer xw_…")`, from an address."""

    def sent(header: str | None, address: str = "192.0.2.1") -> Authenticated:
        request = rf.get("/api/v1/tokens/", REMOTE_ADDR=address)
        request.META |= {} if header is None else {"HTTP_AUTHORIZATION": header}
        return TokenAuthentication().authenticate(Request(request))

    return sent


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_token_speaks_for_its_owner_however_the_scheme_is_written(
    send: Callable[..., Authenticated], ann: User, scheme: str
) -> None:
    token, key = ApiToken.issue(ann, "notebook")
    assert send(f"{scheme} {key}") == (ann, token)
    assert send(f"{scheme}  {key} ") == (ann, token)


@pytest.mark.parametrize("header", [None, "", "Basic YTpi", "Token xw_x", "Bearerxw_x"])
def test_whoever_sends_something_else_is_left_to_other_ways_of_signing_in(
    send: Callable[..., Authenticated], header: str | None
) -> None:
    assert send(header) is None


@pytest.mark.parametrize("key", ["", "xw_unknown", "xw_" + "x" * 10_000, "\xe9\xff", "a b c"])
def test_an_unknown_token_is_refused_with_what_to_do(send: Callable[..., Authenticated], key: str) -> None:
    with pytest.raises(AuthenticationFailed, match="Make a new one under Settings"):
        send(f"Bearer {key}")


def test_an_address_that_guesses_is_told_to_wait_and_others_are_not(send: Callable[..., Authenticated]) -> None:
    for number in range(30):
        with pytest.raises(AuthenticationFailed):
            send(f"Bearer xw_{number}")
    with pytest.raises(Throttled, match="available in [1-6][0-9]? second"):
        send("Bearer xw_more")
    with pytest.raises(AuthenticationFailed):
        send("Bearer xw_more", address="192.0.2.2")


def test_a_good_token_is_let_in_from_an_address_that_guesses(
    send: Callable[..., Authenticated], ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(UnknownTokens, "rate", "1/min")
    token, key = ApiToken.issue(ann, "notebook")
    for refusal in (AuthenticationFailed, Throttled, Throttled):
        with pytest.raises(refusal):
            send("Bearer xw_unknown")
        assert send(f"Bearer {key}") == (ann, token)
