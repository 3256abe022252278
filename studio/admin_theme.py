"""The admin's dress: the studio's name, mark, colours and theme, and its models under the studio's own words."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy

# The greys and the accent of frontend/static/css/tokens.css.
GREYS = {
    "50": "#f7f7f8",
    "100": "#f2f2f4",
    "200": "#e5e5e9",
    "300": "#cfd0d6",
    "400": "#8c909b",
    "500": "#666974",
    "600": "#50535d",
    "700": "#3b3d45",
    "800": "#25272c",
    "900": "#17181b",
    "950": "#101113",
}
ACCENT = {
    "50": "#f0eefc",
    "100": "#e4e0fa",
    "200": "#cfc8f6",
    "300": "#b8aefa",
    "400": "#a79bff",
    "500": "#8576f5",
    "600": "#6a58e0",
    "700": "#5746c9",
    "800": "#463999",
    "900": "#362c75",
    "950": "#211e3a",
}


def mark(request: HttpRequest) -> str:
    return static("mark.svg")


def theme(request: HttpRequest) -> str | None:
    """What the person chose for every page of the studio; None leaves it to their system."""
    chosen = request.COOKIES.get("theme")
    return chosen if chosen in ("light", "dark") else None


def link(title: str, icon: str, name: str) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": reverse_lazy(name)}


def sees(right: str) -> Callable[[HttpRequest], bool]:
    """Whether whoever asks may open a list: others are not shown its link."""
    return lambda request: request.user.is_authenticated and request.user.has_perm(right)


def group(title: str, app: str, *rows: tuple[str, str, str]) -> dict[str, Any]:
    """A part of the side bar. A row is a model's name in addresses, its title and its icon."""
    items = [
        link(words, icon, f"admin:{app}_{model}_changelist") | {"permission": sees(f"{app}.view_{model}")}
        for model, words, icon in rows
    ]
    return {"title": title, "separator": True, "items": items}


def never(request: HttpRequest) -> bool:
    """Every address begins with that of home, and yet one is not there."""
    return False


NAVIGATION = [
    {
        "items": [
            link("Back to the studio", "arrow_back", "home") | {"active": never},
            link("Overview", "dashboard", "admin:index"),
        ]
    },
    group(
        "Data",
        "annotation",
        ("collection", "Collections", "folder"),
        ("prompt", "Prompts", "chat"),
        ("response", "Responses", "forum"),
        ("pair", "Pairs", "compare_arrows"),
        ("version", "Dataset versions", "inventory_2"),
        ("author", "Authors", "badge"),
        ("score", "Scores", "speed"),
    ),
    group(
        "Review",
        "annotation",
        ("assignment", "Assignments", "checklist"),
        ("judgment", "Judgments", "gavel"),
        ("judgecall", "Judge calls", "call"),
        ("judgebatch", "Judge batches", "schedule_send"),
        ("endpoint", "Endpoints", "dns"),
        ("keptjudge", "Judges kept to projects", "lock"),
        ("flag", "Flags", "flag"),
        ("remark", "Skipped", "skip_next"),
    ),
    group(
        "Training",
        "training",
        ("run", "Runs", "play_circle"),
        ("checkpoint", "Checkpoints", "deployed_code"),
        ("evaluation", "Evaluations", "leaderboard"),
        ("metric", "Metrics", "monitoring"),
        ("worker", "Workers", "memory"),
    ),
    group("People", "accounts", ("user", "Users", "group"), ("apitoken", "API tokens", "key")),
]
FAILED_SIGN_INS = link("Failed sign-ins", "lock_clock", "admin:axes_accessattempt_changelist")
NAVIGATION[-1]["items"].append(FAILED_SIGN_INS | {"permission": sees("axes.view_accessattempt")})

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Xwin Studio",
    "SITE_HEADER": "Xwin Studio",
    "SITE_SUBHEADER": "Admin",
    "SITE_ICON": mark,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": mark}],
    "THEME": theme,
    "BORDER_RADIUS": "6px",
    "COLORS": {"base": GREYS, "primary": ACCENT},
    "SIDEBAR": {"navigation": NAVIGATION},
}
