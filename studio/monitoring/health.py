"""What works and what does not, in words: for probes, for `manage.py health`, and for the header of every page."""

import platform
import time
from dataclasses import dataclass, field

import redis
from django.db import Error as DatabaseError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.cache import never_cache

from studio.monitoring import heartbeat, machine, version
from studio.monitoring.heartbeat import KnownWorkers
from studio.monitoring.machine import Check as Check

REMEMBERED_SECONDS = 3.0
# A free worker takes a run in less than a second.
WAITS_SECONDS = 60.0
WORKERS = {"cpu": "worker", "judge": "judge worker", "gpu": "GPU worker", "beat": "scheduler"}
NEEDED = {"database", "migrations", "redis"}


@dataclass(frozen=True)
class Report:
    checks: tuple[Check, ...]
    made_at: float

    @property
    def ready(self) -> bool:
        """Pages can be served and what they take can be saved; workers may still be missing."""
        return not self.hindrances

    @property
    def hindrances(self) -> list[str]:
        """What is down without which no page can be served, or nothing saved."""
        return [check.says for check in self.checks if not check.ok and (check.name in NEEDED or check.stops)]

    @property
    def ok(self) -> bool:
        return all(check.ok for check in self.checks)

    @property
    def troubles(self) -> list[str]:
        return [check.says for check in self.checks if not check.ok]


@dataclass
class Memory:
    """What this process has seen: the last report, and that no migration is missing (which cannot become untrue)."""

    report: Report = field(default_factory=lambda: Report((), made_at=float("-inf")))
    migrated: bool = False


memory = Memory()


def report() -> Report:
    """All but the database, at most REMEMBERED_SECONDS old. A page that asks has seen the database answer already."""
    if time.monotonic() - memory.report.made_at > REMEMBERED_SECONDS:
        memory.report = Report((*redis_and_workers(), *machine.checks()), made_at=time.monotonic())
    return memory.report


def examine() -> Report:
    """Everything, now."""
    return Report((*database(), *redis_and_workers(), *machine.checks()), made_at=time.monotonic())


def database() -> list[Check]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
            skew = float(cursor.fetchone()[0]) - time.time()
        missing = missing_migrations()
    except DatabaseError as error:
        connection.close()
        return [Check("database", False, f"PostgreSQL does not answer ({first_line(error)}). Check DATABASE_URL.")]
    return [Check("database", True, "PostgreSQL answers."), migrations(missing), machine.clock("PostgreSQL", skew)]


def migrations(missing: int) -> Check:
    says = (
        f"Migrations are missing: {missing}. Apply them: manage.py migrate" if missing else "No migration is missing."
    )
    return Check("migrations", not missing, says)


def missing_migrations() -> int:
    if memory.migrated:
        return 0
    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    memory.migrated = not missing
    return missing


def redis_and_workers() -> list[Check]:
    try:
        heard = heartbeat.heard(WORKERS)
    except redis.RedisError as error:
        return [Check("redis", False, f"Redis does not answer ({first_line(error)}). Check REDIS_URL.")]
    workers = [Check(name, heard.alive[name], worker_says(name, heard.alive[name])) for name in WORKERS]
    told = [*queues(heard), *versions(heard), *clocks(heard), *elsewhere(heard)]
    return [Check("redis", True, "Redis answers."), *workers, *told]


def queues(heard: KnownWorkers) -> list[Check]:
    """How long the oldest run of each queue waits. Behind runs that are at work it may wait for hours."""
    found = []
    for queue, waits in heard.waiting.items():
        seconds, what = heard.now - waits.since, f"Run {waits.run}, the oldest of the queue {queue}, has waited"
        if seconds < WAITS_SECONDS:
            continue
        if waits.at_work:
            found.append(Check("queue", True, f"{what} {duration(seconds)} behind runs that are at work."))
        else:
            remedy = f"Start its worker again: celery -A studio worker -Q {queue}"
            found.append(Check("queue", False, f"{what} {duration(seconds)}, and none is at work there. {remedy}"))
    return found or [Check("queue", True, "No run waits longer than it should.")]


def versions(heard: KnownWorkers) -> list[Check]:
    """Workers that run other code than these pages do."""
    others = [name for name, said in heard.said.items() if said.code != version.code()]
    if not others:
        return [Check("versions", True, "All workers run the code of these pages.")]
    remedy = "Start the studio again, so that all run the same."
    return [Check("versions", False, f"Code differs from that of these pages: {', '.join(sorted(others))}. {remedy}")]


def clocks(heard: KnownWorkers) -> list[Check]:
    wrong = {name: heard.skew + said.skew for name, said in heard.said.items()}
    skews = {"Redis": heard.skew} | {name: skew for name, skew in wrong.items() if abs(skew) > machine.SKEW_SECONDS}
    return [machine.clock(whose, skew) for whose, skew in skews.items()]


def elsewhere(heard: KnownWorkers) -> list[Check]:
    """What is low on the machines of workers; our own is asked by ourselves."""
    # Of several workers of a machine the last one to speak knows best; the others said the same a moment ago.
    latest = {said.host: said for said in sorted(heard.said.values(), key=lambda said: said.at)}
    others = [latest[host] for host in sorted(latest.keys() - {platform.node()})]
    return [Check("machine", False, f"On {said.host}: {says}") for said in others for says in said.troubles]


def duration(seconds: float) -> str:
    return f"{seconds:,.0f} s" if seconds < 120 else f"{seconds / 60:,.0f} min"


def worker_says(name: str, alive: bool) -> str:
    what = f"The {WORKERS[name]}"
    if alive:
        return f"{what} is running."
    program = "beat" if name == "beat" else f"worker -Q {name}"
    return f"{what} has not been heard of for {heartbeat.FADES_AFTER} s. Start it: celery -A studio {program}"


def first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]


@never_cache
def live(request: HttpRequest) -> JsonResponse:
    """This process answers."""
    return JsonResponse({"live": True})


@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """200 when pages can be served, else 503; to the signed in, what is down and what to do."""
    found = examine()
    answer = {"ready": found.ready, "ok": found.ok}
    if not is_signed_in(request, found):
        return JsonResponse(answer, status=200 if found.ready else 503)
    checks = [{"name": check.name, "ok": check.ok, "says": check.says} for check in found.checks]
    return JsonResponse(answer | {"checks": checks}, status=200 if found.ready else 503)


def is_signed_in(request: HttpRequest, found: Report) -> bool:
    """Sessions are in the database: until it answers and has its tables, nobody can be known."""
    knows_sessions = all(check.ok for check in found.checks if check.name in {"database", "migrations"})
    return knows_sessions and bool(request.user.is_authenticated)


urlpatterns = [path("live", live, name="health_live"), path("ready", ready, name="health_ready")]
