"""Acts that concern another project too, such as moving a collection there: which one a request names."""

from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from annotation.moves.preview import targets
from studio.accounts.access import asker
from studio.accounts.models import ApiToken
from studio.projects.models import Project
from studio.projects.scope import here


def target(request: Request, slug: str) -> Project:
    """By its slug. Whether there is a project that they may not fill nobody hears.

    Raises PermissionDenied, ValidationError.
    """
    if isinstance(request.auth, ApiToken) and request.auth.project_id:
        raise PermissionDenied("This token opens one project. This needs one that opens both.")
    found = targets(asker(request)).exclude(pk=here()).filter(slug=slug).first()
    if found is None:
        says = f"You manage no other project {slug!r}, or it is archived. Choose another one of yours."
        raise serializers.ValidationError({"project": says})
    return found
