"""`python -m tests.bench.asking SLUG CALLS`: judge a collection of made pairs, and say what that took."""

import json
import resource
import sys
import time

import django


def main(slug: str, calls: int) -> None:
    django.setup()
    from annotation.judges.config.registry import load
    from annotation.judges.runs import over_pairs
    from annotation.models import Pair

    judge = load("xwin_pair")
    assert judge.author
    pairs = Pair.objects.filter(pk__in=Pair.objects.filter(collection__slug=slug).order_by("pk")[: calls // 2])
    began, before = time.monotonic(), time.process_time()
    outcome = over_pairs.judge_pairs(judge, pairs)
    told = {
        "seconds": time.monotonic() - began,
        "cpu": time.process_time() - before,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6,
        "calls": outcome.calls,
        "judged": outcome.judged,
        "stopped": outcome.stopped,
    }
    sys.stdout.write(f"{json.dumps(told)}\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
