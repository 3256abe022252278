"""REST endpoints of training, one module for each noun. They check and call: what is done is in the other rooms."""

from django.urls import path

from training.api import benchmarks, checkpoints, defaults, evaluations, recipes, runs, tasks, workers
from training.api.chat import chat
from training.api.moves import CollectionMoveView

routers = [noun.router for noun in (runs, checkpoints, evaluations, benchmarks, tasks, recipes, workers)]
urlpatterns = [
    *(url for router in routers for url in router.urls),
    path("defaults/", defaults.DefaultsView.as_view(), name="defaults"),
    path("judging/month/", defaults.MonthView.as_view(), name="judging_month"),
    path("checkpoints/<int:pk>/chat/", chat, name="checkpoint_chat"),
    path("checkpoints/<int:pk>/shares/", checkpoints.CheckpointSharesView.as_view(), name="checkpoint_shares"),
    path(
        "checkpoints/<int:pk>/shares/<int:share>/",
        checkpoints.CheckpointShareView.as_view(),
        name="checkpoint_share_given",
    ),
    path("collections/<slug:slug>/move/", CollectionMoveView.as_view(), name="collection_moving"),
]
