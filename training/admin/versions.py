"""Dataset versions are annotation's; here they gain the actions that train on them."""

from django.contrib import admin

from annotation.admin.versions import VersionAdmin
from annotation.models import Version
from training.admin.launching import Trains, launches, menu

admin.site.unregister(Version)


@admin.register(Version)
class TrainableVersionAdmin(Trains, VersionAdmin):
    reward = launches("reward", "Train a reward model on this version…", "input_train")
    sft = launches("sft", "Finetune (SFT) on this version…", "input_train")
    dpo = launches("dpo", "DPO on this version…", "input_train")
    sample = launches("sample", "Sample responses to its prompts…", "input_prompts")
    score = launches("score", "Score its responses…", "input_responses")
    keep_best = launches("keep_best", "Keep the best of its responses…", "input_responses")
    actions_row = ("reward", "sft", "dpo", "sample", "score", "keep_best")
    actions_detail = menu("Launch…", actions_row)
