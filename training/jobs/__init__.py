"""The machines' programs: `python -m training.jobs.dpo RUNDIR`. Torch and its kin are imported nowhere else.

A program speaks to nobody: no model hub, no telemetry, no experiment tracker. What it has to say is in its run
directory.
"""

import os
import sys

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ.setdefault("VLLM_NO_USAGE_STATS", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

# While `python -m` looks for the program, argv[0] is "-m". Only then: transformers would import scikit-learn where it
# is installed, two of a program's eight seconds of start, and none of the programs uses it.
if sys.argv[:1] == ["-m"]:
    sys.modules.setdefault("sklearn", None)  # type: ignore[arg-type]
