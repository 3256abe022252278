"""A link to a version or a collection; or, of one that is in another project, the words that say so."""

from typing import Any

from django import template
from django.template.context import RequestContext

from annotation.models import Collection, Version
from frontend.presenters.data.whereabouts import whereabouts
from studio.accounts.access import asker

register = template.Library()


@register.inclusion_tag("components/placed.html", takes_context=True)
def placed(context: RequestContext, row: Version | Collection, icon: str = "", title: str = "") -> dict[str, Any]:
    """With an icon before it where one is named. A page of many asks for all `whereabouts` at once in its view."""
    known = context.get("whereabouts") or {}
    at = known[row] if row in known else whereabouts([row], asker(context.request))[row]
    return {"row": row, "at": at, "icon_name": icon, "title": title}
