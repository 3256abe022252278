"""How long a recipe still takes, learnt from the stages of it that have ended. Asks no database."""

import heapq
from collections import defaultdict
from collections.abc import Mapping, Sequence

from training.models import Run
from training.recipes.stages import Stage
from training.runs.kinds import KINDS, Queue

# What a run says of its own time is worth as much as its share done, from here on.
TELLS = 0.1


def time_left(stages: Sequence[Stage], children: Mapping[str, Run], slots: int) -> float | None:
    """Seconds until the last stage ends, where `slots` of those on the GPU go at once. None before one has ended."""
    ended = [stage for stage in stages if succeeded(children.get(stage.name))]
    if not ended:
        return None
    needed = {stage.name: remaining(stage, children.get(stage.name), pace(stage, ended, children)) for stage in stages}
    return last_end(stages, needed, slots)


def pace(stage: Stage, ended: Sequence[Stage], children: Mapping[str, Run]) -> float:
    """Seconds for a unit of weight: of the stages of its kind that have ended, else of its queue, else of all."""
    queue = KINDS[stage.kind].queue
    alike = [one for one in ended if one.kind == stage.kind]
    alike = alike or [one for one in ended if KINDS[one.kind].queue == queue] or list(ended)
    return sum(worked(children[one.name]) for one in alike) / sum(one.weight for one in alike)


def remaining(stage: Stage, run: Run | None, pace: float) -> float:
    """Of one stage: by what is known of its kind, and the more it has done the more by its own pace."""
    expected = stage.weight * pace
    if run is None:
        return expected
    if succeeded(run):
        return 0.0
    by_weight = max(expected - worked(run), 0.0)
    if run.share_done < TELLS or run.working_since is None:
        return by_weight
    by_itself = worked(run) * (1 - run.share_done) / run.share_done
    return run.share_done * by_itself + (1 - run.share_done) * by_weight


def last_end(stages: Sequence[Stage], needed: Mapping[str, float], slots: int) -> float:
    """Each stage begins when all that it needs has ended and, on the GPU, a place is free, in the recipe's order."""
    free, ends = [0.0] * max(slots, 1), defaultdict[str, float](float)
    waiting = [stage for stage in stages if needed[stage.name] > 0]
    while waiting:
        open_ = {stage.name for stage in waiting}
        ready = [stage for stage in waiting if not stage.uses & open_]
        stage = min(ready, key=lambda one: max((ends[name] for name in one.uses), default=0.0))
        begins = max((ends[name] for name in stage.uses), default=0.0)
        if KINDS[stage.kind].queue == Queue.GPU:
            begins = max(begins, heapq.heappop(free))
            heapq.heappush(free, begins + needed[stage.name])
        ends[stage.name] = begins + needed[stage.name]
        waiting.remove(stage)
    return max(ends.values(), default=0.0)


def succeeded(run: Run | None) -> bool:
    return run is not None and run.state == Run.State.SUCCEEDED


def worked(run: Run) -> float:
    return run.duration.total_seconds() if run.duration else 0.0
