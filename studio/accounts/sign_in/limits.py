"""Sign-in made slow for who guesses passwords: by django-axes, for each account and each address.

An admin lifts it by deleting the rows under Failed sign-ins in the admin site, or by `manage.py axes_reset_username`.
"""

from datetime import datetime
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from math import ceil
from typing import Any, cast

from axes.attempts import get_cool_off_threshold
from axes.handlers.database import AxesDatabaseHandler
from axes.helpers import get_client_username
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

# Of an account from one address AXES_FAILURE_LIMIT, else somebody's typing errors would stop others.
OF_AN_ACCOUNT = 50
OF_AN_ADDRESS = 50


class Handler(AxesDatabaseHandler):  # type: ignore[misc]  # axes is untyped
    """Counts an account's failures from one address, from all addresses, and an address's for all accounts."""

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        account, address = parts(request, credentials)
        recent = AccessAttempt.objects.filter(attempt_time__gte=get_cool_off_threshold(request))
        n = recent.aggregate(
            both=Sum("failures_since_start", filter=account & address, default=0),
            account=Sum("failures_since_start", filter=account, default=0),
            address=Sum("failures_since_start", filter=address, default=0),
        )
        is_slowed = n["account"] >= OF_AN_ACCOUNT or n["address"] >= OF_AN_ADDRESS
        return int(max(n["both"], settings.AXES_FAILURE_LIMIT * is_slowed))


def parts(request: Any, credentials: dict[str, Any] | None) -> tuple[Q, Q]:
    """The failures of an account, and those from an address."""
    return Q(username=get_client_username(request, credentials)), Q(ip_address=request.axes_ip_address)


def address(request: HttpRequest) -> str | None:
    """Who asks: an IPv4 address, or the network of an IPv6 one, of which each household has 2^64 addresses.

    The server puts it there. Behind a proxy it is what the proxy says, if FORWARDED_ALLOW_IPS names the proxy.
    """
    try:
        ip: IPv4Address | IPv6Address = ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return None
    if isinstance(ip, IPv4Address):
        return str(ip)
    return str(ip.ipv4_mapped or IPv6Network((ip, 64), strict=False).network_address)


def slowed(request: Any, response: HttpResponse, credentials: dict[str, Any] | None) -> HttpResponse:
    """What who failed too often is shown in place of the form, also after the right password."""
    until = held_until(request, credentials)
    seconds = max(1, ceil((until - timezone.now()).total_seconds()))
    page = render(request, "sign_in_slowed.html", {"minutes": ceil(seconds / 60)}, status=429)
    page.headers["Retry-After"] = str(seconds)
    return page


def held_until(request: Any, credentials: dict[str, Any] | None) -> datetime:
    """When so many of the failures are forgotten that none of the counts is at its limit any more."""
    account, address = parts(request, credentials)
    recent = AccessAttempt.objects.filter(attempt_time__gte=get_cool_off_threshold(request))
    limits = (account & address, settings.AXES_FAILURE_LIMIT), (account, OF_AN_ACCOUNT), (address, OF_AN_ADDRESS)
    reached = [at for which, limit in limits if (at := reached_at(recent.filter(which), limit))]
    return max(reached, default=timezone.now()) + settings.AXES_COOLOFF_TIME


def reached_at(attempts: QuerySet[AccessAttempt], limit: int) -> datetime | None:
    """The failure that, with all that came after it, makes `limit`: without it there are fewer."""
    n = 0
    newest = attempts.order_by("-attempt_time").values_list("attempt_time", "failures_since_start")
    for at, failures in newest[:limit]:
        n += failures
        if n >= limit:
            return cast(datetime, at)
    return None
