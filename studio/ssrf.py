"""Which addresses an endpoint may have: a judge must not be a way into the network that the studio stands in."""

import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import urlsplit

PORTS = {"http": 80, "https": 443}
# What IANA keeps for protocols, and the relays of 6to4: Python of some versions calls them global.
KEPT_BACK = [IPv4Network("192.0.0.0/24"), IPv4Network("192.88.99.0/24")]
# All that is given out of IPv6 so far. Outside lie `::127.0.0.1`, `fec0::1`, `fc00::1` and `fe80::1`.
UNICAST = IPv6Network("2000::/3")
# Within it: protocols (with Teredo), examples, and 6to4. Teredo and 6to4 wrap an IPv4 address.
NOT_UNICAST = [IPv6Network(one) for one in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")]
# IPv4 in the clothes of IPv6, as a translating network gives it.
TRANSLATED = IPv6Network("64:ff9b::/96")


class AddressRefused(OSError):
    """A private address, and nobody allowed it. An OSError, as resolvers raise them."""


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet. Raises ValueError where it is no IP address."""
    ip = plain(ip_address(address.strip("[]")))
    if isinstance(ip, IPv4Address):
        return ip.is_global and not ip.is_multicast and not any(ip in kept for kept in KEPT_BACK)
    return ip in UNICAST and not any(ip in other for other in NOT_UNICAST)


def plain(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 one is connected to as, else itself."""
    if isinstance(ip, IPv4Address):
        return ip
    return IPv4Address(int(ip) & 0xFFFFFFFF) if ip in TRANSLATED else ip.ipv4_mapped or ip


def check_literal(host: str) -> None:
    """Raises AddressRefused for an IP address that is not public; a name is checked when it is connected to."""
    try:
        public = is_public(host)
    except ValueError:
        public = host.rstrip(".").lower() != "localhost" and not host.lower().endswith(".localhost")
    if not public:
        raise AddressRefused(f"{host} is a private address.")


def public_socket(address: tuple[Any, ...]) -> socket.socket:
    """A socket for what `getaddrinfo` found, made just before it is connected: no name can change its mind between.

    Raises AddressRefused where that is not public.
    """
    family, kind, protocol, _, (host, *_) = address
    if not is_public(host):
        # One text for all: of several addresses that fail alike, the error of the first is raised.
        raise AddressRefused("The name leads to a private address.")
    return socket.socket(family, kind, protocol)


def origin(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port of a URL, for whom a key was entered. Raises ValueError for a port that is none."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    return parts.scheme, host, parts.port or PORTS.get(parts.scheme)
