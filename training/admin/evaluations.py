"""Evaluations, to be read."""

from django.contrib import admin
from unfold.decorators import display

from annotation.admin.bases import History
from training.models import Evaluation
from training.recipes.report import figure


@admin.register(Evaluation)
class EvaluationAdmin(History):
    list_display = (
        "checkpoint",
        "baseline",
        "is_control",
        "decoding",
        "wins_shown",
        "score_shown",
        "n",
        "judge",
        "run",
    )
    list_filter = ("decoding", "is_control", "protocol", "judge")
    list_select_related = ("checkpoint", "baseline", "judge", "run")
    search_fields = ("checkpoint__name", "baseline__name")

    @display(description="Win rate [95 %]", ordering="win_rate")
    def wins_shown(self, row: Evaluation) -> str:
        return figure(row.win_rate, row.win_rate_low, row.win_rate_high)

    @display(description="Points [95 %]", ordering="score")
    def score_shown(self, row: Evaluation) -> str:
        return figure(row.score, row.score_low, row.score_high)
