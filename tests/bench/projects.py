"""How long pages take for somebody in one project of a hundred, over a million pairs in all."""

import sys
from collections.abc import Iterator
from statistics import median, quantiles

from tests.bench import pages, populate
from tests.bench.figures import Found
from tests.bench.studio import Studio, session

PROJECTS, EACH = 100, 10_000


def measure(studio: Studio) -> Iterator[Found]:
    from studio.projects import addresses
    from studio.projects.models import Project
    from studio.projects.scope import inside

    teams = [
        Project.objects.get_or_create(slug=f"team-{n}", defaults={"name": f"Team {n}"})[0] for n in range(PROJECTS)
    ]
    for number, team in enumerate(teams):
        with inside(team.pk):
            populate.fill(EACH)
        sys.stderr.write(f"\r{number + 1} of {PROJECTS} projects")
    populate.tidy()
    # The first one's rows are the oldest: those that a list of the newest finds last.
    for team in (teams[0], teams[-1]):
        with inside(team.pk):
            cookies = session("lead")
            asked = [addresses.within(team.slug, path) for path in pages.paths([])]
        times = pages.timed(studio, asked, cookies)
        where = f"in {team.slug} of {PROJECTS} with {PROJECTS * EACH:,} pairs in all"
        yield pages.slowest("p50", 30, {path: median(took) for path, took in times.items()}, where)
        yield pages.slowest("p99", 100, {path: quantiles(took, n=100)[98] for path, took in times.items()}, where)
