"""Which addresses are of the open internet, in whatever clothes."""

import pytest

from annotation.addresses import AddressRefused, check_literal, is_public


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "[2606:4700::1111]"])
def test_these_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.0.0.1", "172.16.9.9", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
        *("224.0.0.1", "255.255.255.255", "::1", "fe80::1", "fc00::1", "::", "ff02::1"),
        *("::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "2002:7f00:1::", "[::1]"),
    ],
)
def test_these_are_not(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST.", "me.localhost", "[::1]"])
def test_what_is_private_without_asking_anybody_is_refused(host: str) -> None:
    with pytest.raises(AddressRefused, match="private"):
        check_literal(host)


def test_a_name_is_not_looked_up_here() -> None:
    check_literal("judges.example")
