"""REST endpoints of annotation, one module for each noun. They check and call: what is done is in the other rooms."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from annotation.api.annotators import AnnotatorViewSet
from annotation.api.arena import ArenaView
from annotation.api.assignments import AssignmentViewSet, PairsAssignView
from annotation.api.authors import AuthorViewSet
from annotation.api.collections import CollectionViewSet
from annotation.api.endpoints import EndpointViewSet
from annotation.api.flags import FlagViewSet
from annotation.api.imports import ImportsView, PastImportsView
from annotation.api.judge_calls import JudgeCallViewSet
from annotation.api.judges import JudgeViewSet
from annotation.api.judging import ForecastView, TrialView
from annotation.api.judgments import JudgmentViewSet
from annotation.api.pairing import CollectionPairView
from annotation.api.pairs import PairViewSet
from annotation.api.prompts import PromptViewSet
from annotation.api.responses import ResponseViewSet, ScoreViewSet
from annotation.api.shares import SharedVersionViewSet, VersionSharesView, VersionShareView
from annotation.api.versions import VersionViewSet

router = SimpleRouter()
router.register("annotators", AnnotatorViewSet, basename="annotator")
router.register("assignments", AssignmentViewSet, basename="assignment")
router.register("authors", AuthorViewSet, basename="author")
router.register("collections", CollectionViewSet, basename="collection")
router.register("endpoints", EndpointViewSet, basename="endpoint")
router.register("flags", FlagViewSet, basename="flag")
router.register("judges", JudgeViewSet, basename="judge")
router.register("judge-calls", JudgeCallViewSet, basename="judge-call")
router.register("judgments", JudgmentViewSet, basename="judgment")
router.register("pairs", PairViewSet, basename="pair")
router.register("prompts", PromptViewSet, basename="prompt")
router.register("responses", ResponseViewSet, basename="response")
router.register("scores", ScoreViewSet, basename="score")
router.register("shared-versions", SharedVersionViewSet, basename="shared-version")
router.register("versions", VersionViewSet, basename="version")

urlpatterns = [
    path("arena/", ArenaView.as_view(), name="arena_ratings"),
    path("collections/<slug:slug>/pair/", CollectionPairView.as_view(), name="collection_pairing"),
    path("imports/past/", PastImportsView.as_view(), name="past_imports"),
    path("imports/", ImportsView.as_view(), name="imports"),
    path("judging/forecast/", ForecastView.as_view(), name="judging_forecast"),
    path("judging/trial/", TrialView.as_view(), name="judging_trial"),
    path("pairs/assign/", PairsAssignView.as_view(), name="pairs_assign"),
    path("versions/<int:pk>/shares/", VersionSharesView.as_view(), name="version_shares"),
    path("versions/<int:pk>/shares/<int:share>/", VersionShareView.as_view(), name="version_share_given"),
    *router.urls,
]
