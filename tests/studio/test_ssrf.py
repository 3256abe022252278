"""Which addresses are of the open internet, in whatever clothes."""

import socket

import pytest

from studio.ssrf import AddressRefused, check_literal, is_public, origin, public_socket


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "[2606:4700::1111]"])
def test_these_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.0.0.1", "172.16.9.9", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
        *("224.0.0.1", "255.255.255.255", "::1", "fe80::1", "fc00::1", "::", "ff02::1"),
        *("::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "2002:7f00:1::", "[::1]"),
        *("[::127.0.0.1]", "::8.8.8.8", "[fec0::1]", "192.0.0.8", "192.0.0.170", "192.88.99.1", "198.18.0.1"),
        *("64:ff9b:1::a00:1", "64:ff9b::192.0.0.8", "2002:a00:1::1", "2001:0:7f00:1::", "2001:0:4136:e378::f5ff:fffe"),
        *("2001:db8::1", "2001:10::1", "3fff::1", "100::1", "5f00::1", "::ffff:0:10.0.0.1", "240.0.0.1"),
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


def test_a_socket_is_made_for_the_open_internet_only() -> None:
    public_socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 443))).close()
    for family, host in ((socket.AF_INET, "10.0.0.1"), (socket.AF_INET6, "fec0::1")):
        with pytest.raises(AddressRefused, match="private"):
            public_socket((family, socket.SOCK_STREAM, 6, "", (host, 443)))


def test_an_origin_is_scheme_host_and_port() -> None:
    assert origin("https://Judges.example/v1") == origin("https://judges.example.:443/v2")
    others = ["http://judges.example", "https://judges.example:444", "https://judges.example.evil.example"]
    assert origin("https://judges.example") not in map(origin, others)
