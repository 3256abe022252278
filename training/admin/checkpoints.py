"""Checkpoints, and what can be made from one."""

from django.contrib import admin
from unfold.decorators import display

from annotation.admin.bases import History
from training.admin.launching import Trains, launches, menu
from training.models import Checkpoint


@admin.register(Checkpoint)
class CheckpointAdmin(Trains, History):
    """Their weights never change; one's own are registered by the API."""

    list_display = ("name", "kind", "size", "base", "run", "template", "created_at")
    list_filter = ("kind", "template")
    list_select_related = ("base", "run")
    search_fields = ("name", "notes", "digest", "path")
    sample = launches("sample", "Sample from this checkpoint…", "checkpoint")
    score = launches("score", "Score responses with it…", "checkpoint")
    sft = launches("sft", "Finetune it (SFT)…", "checkpoint")
    reward = launches("reward", "Train a reward model from it…", "checkpoint")
    dpo = launches("dpo", "Optimise it (DPO)…", "checkpoint")
    lm_eval = launches("lm_eval", "Measure it on classical benchmarks…", "checkpoint")
    actions_row = ("sample", "score", "sft", "reward", "dpo", "lm_eval")
    actions_detail = menu("Launch…", actions_row)

    @display(description="Parameters", ordering="parameters")
    def size(self, checkpoint: Checkpoint) -> str:
        return f"{checkpoint.parameters:,}" if checkpoint.parameters else "–"
