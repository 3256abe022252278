"""What a variable may say."""

import pytest

from studio.environment import EnvironmentInvalid, address, choice, mailbox

PLAIN = ["http://127.0.0.1:8000", "https://api.openai.com/v1", "http://[::1]:8000/v1", ""]
WRONG = ["ftp://a", "localhost:8000", "http://", "http://me:word@a/", "http://a/#b", "http://a/?b=c", "http://a:99999"]


@pytest.mark.parametrize("url", PLAIN)
def test_a_server_of_ones_own_may_lie_anywhere(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("STUDIO_MODELS_URL", url)
    assert address("STUDIO_MODELS_URL", "") == url


@pytest.mark.parametrize("url", WRONG)
def test_what_is_no_plain_address_is_refused_by_name_and_not_shown(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("STUDIO_MODELS_URL", url)
    with pytest.raises(EnvironmentInvalid, match="STUDIO_MODELS_URL is no plain address") as refused:
        address("STUDIO_MODELS_URL", "")
    assert "word" not in str(refused.value).removesuffix("without a password.")


def test_a_choice_is_one_of_those_that_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert choice("STUDIO_X", "tls", ("tls", "none")) == "tls"
    monkeypatch.setenv("STUDIO_X", "ssl")
    with pytest.raises(EnvironmentInvalid, match="write tls or none"):
        choice("STUDIO_X", "tls", ("tls", "none"))


@pytest.mark.parametrize("value", ["a@example.org", "Xwin Studio <a@example.org>"])
def test_a_mailbox_is_read_with_and_without_a_name(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("STUDIO_X", value)
    assert mailbox("STUDIO_X", "b@example.org") == value


@pytest.mark.parametrize("value", ["", "studio", "@example.org", "a@", "Studio <a>", "a@b\nBcc: c@d"])
def test_what_is_no_mailbox_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("STUDIO_X", value)
    with pytest.raises(EnvironmentInvalid, match="write an e-mail address"):
        mailbox("STUDIO_X", "b@example.org")
