"""Which addresses an endpoint may have: a judge must not be a way into the network that the studio stands in."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

# IPv4 in the clothes of IPv6, as a translating network gives it.
TRANSLATED = IPv6Network("64:ff9b::/96")


class AddressRefused(OSError):
    """A private address, and nobody allowed it. An OSError, as resolvers raise them."""


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet. Raises ValueError where it is no IP address."""
    ip = plain(ip_address(address.strip("[]")))
    return ip.is_global and not ip.is_multicast


def plain(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 one stands for, else itself."""
    if isinstance(ip, IPv4Address):
        return ip
    if ip in TRANSLATED:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else ip)


def check_literal(host: str) -> None:
    """Raises AddressRefused for an IP address that is not public; a name is checked when it is resolved."""
    try:
        public = is_public(host)
    except ValueError:
        public = host.rstrip(".").lower() != "localhost" and not host.lower().endswith(".localhost")
    if not public:
        raise AddressRefused(f"{host} is a private address.")
