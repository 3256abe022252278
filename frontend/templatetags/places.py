"""A link to a version or a collection; or, of one that is in another project, the words that say so."""

from typing import Any

from django import template
from django.template.context import RequestContext
from django.urls import reverse

from annotation.models import Collection, Version, VersionShare
from frontend.presenters.data import moves
from studio.accounts.access import asker
from studio.projects import addresses
from studio.projects.scope import here

register = template.Library()


@register.inclusion_tag("moves/placed.html", takes_context=True)
def placed(context: RequestContext, row: Version | Collection, icon: str = "", title: str = "") -> dict[str, Any]:
    """With an icon before it where one is named."""
    shown: dict[str, Any] = {"row": row, "icon_name": icon, "title": title, "href": "", "place": ""}
    address = reverse("version", args=[row.pk]) if isinstance(row, Version) else reverse("collection", args=[row.slug])
    if row.project_id == here():
        return shown | {"href": address}
    if isinstance(row, Version) and (shared := VersionShare.objects.filter(version=row).order_by("-pk").first()):
        words = "shared by" if shared.is_open else "was shared by"
        href = reverse("shared_version", args=[shared.pk]) if shared.is_open else ""
        return shown | {"href": href, "place": f"{words} {row.project}"}
    project, may_enter = moves.elsewhere(row.project, asker(context.request))
    shown["place"] = f"moved to {project.name if project else 'another project'}"
    return shown | {"href": addresses.within(project.slug, address) if project and may_enter else ""}
