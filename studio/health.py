"""What works and what does not, in words: for probes, for the supervisor, and for the header of every page."""

import time
from dataclasses import dataclass, field

import redis
from django.db import Error as DatabaseError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.cache import never_cache

from studio import heartbeat

REMEMBERED_SECONDS = 3.0
WORKERS = {"cpu": "worker", "judge": "judge worker", "gpu": "GPU worker", "beat": "scheduler"}
NEEDED = {"database", "migrations", "redis"}


@dataclass(frozen=True)
class Check:
    """One thing that can be up or down. `says` names what is down and what to do."""

    name: str
    ok: bool
    says: str


@dataclass(frozen=True)
class Report:
    checks: tuple[Check, ...]
    made_at: float

    @property
    def ready(self) -> bool:
        """Pages can be served; workers may still be missing."""
        return all(check.ok for check in self.checks if check.name in NEEDED)

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
    """Redis and the workers, at most REMEMBERED_SECONDS old. A page that asks has seen the database answer already."""
    if time.monotonic() - memory.report.made_at > REMEMBERED_SECONDS:
        memory.report = Report(tuple(redis_and_workers()), made_at=time.monotonic())
    return memory.report


def examine() -> Report:
    """Everything, now."""
    return Report((*database(), *redis_and_workers()), made_at=time.monotonic())


def database() -> list[Check]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        missing = missing_migrations()
    except DatabaseError as error:
        connection.close()
        return [Check("database", False, f"PostgreSQL does not answer ({first_line(error)}). Check DATABASE_URL.")]
    return [Check("database", True, "PostgreSQL answers."), migrations(missing)]


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
        alive = heartbeat.alive(WORKERS)
    except redis.RedisError as error:
        return [Check("redis", False, f"Redis does not answer ({first_line(error)}). Check REDIS_URL.")]
    workers = [Check(name, alive[name], worker_says(name, alive[name])) for name in WORKERS]
    return [Check("redis", True, "Redis answers."), *workers]


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
    """200 when pages can be served, else 503; what is down and what to do, either way."""
    found = examine()
    checks = [{"name": check.name, "ok": check.ok, "says": check.says} for check in found.checks]
    return JsonResponse({"ready": found.ready, "ok": found.ok, "checks": checks}, status=200 if found.ready else 503)


urlpatterns = [path("live", live, name="health_live"), path("ready", ready, name="health_ready")]
