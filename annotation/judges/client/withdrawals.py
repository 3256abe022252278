"""A judge or an endpoint that an admin keeps to other projects while somebody is asking it."""

import time

from annotation.judges.config.registry import Judge
from annotation.models import Endpoint
from annotation.models.keeping import hidden_judges

# Seconds between two looks.
EVERY = 10.0


class Withdrawals:
    """Looks now and then whether the project may still ask whom it began with."""

    def __init__(self, judge: Judge) -> None:
        self.judge, self.looked_at = judge, time.monotonic()
        began_with = Endpoint.objects.filter(pool=judge.endpoint).usable()
        self.began_with = set(began_with.values_list("pk", flat=True))

    def words(self) -> str:
        """What was withdrawn and what to do; empty where nothing was, and between two looks."""
        if time.monotonic() - self.looked_at < EVERY:
            return ""
        self.looked_at = time.monotonic()
        if self.judge.name in hidden_judges():
            return f"An admin has withdrawn the judge {self.judge.name} from this project. Choose another judge."
        kept = [one.name for one in Endpoint.objects.filter(pk__in=self.began_with) if not one.is_usable]
        if not kept:
            return ""
        says = f"An admin has withdrawn {', '.join(kept)} from this project."
        return f"{says} Resume the run if it has another endpoint, or ask the admin."
