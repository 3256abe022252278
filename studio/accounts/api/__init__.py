"""REST endpoints of people, projects and tokens. The acts themselves are in `acts/`."""

from rest_framework.routers import SimpleRouter

from studio.accounts.api.people import AuditEntryViewSet, InvitationViewSet, PersonViewSet
from studio.accounts.api.projects import ProjectViewSet
from studio.accounts.api.tokens import ApiTokenViewSet

router = SimpleRouter()
router.register("audit", AuditEntryViewSet, basename="audit")
router.register("invitations", InvitationViewSet, basename="invitation")
router.register("people", PersonViewSet, basename="person")
router.register("projects", ProjectViewSet, basename="project")
router.register("tokens", ApiTokenViewSet, basename="token")
urlpatterns = router.urls
