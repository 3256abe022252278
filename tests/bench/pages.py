"""How long the server takes for each page over many pairs, and how its queries grow with them.

Pages are asked for in turn, as different people would, from the running web server, over a connection that is kept:
the whole of what a browser waits for but the network. Queries are counted in this process, where they can be seen.
"""

import http.client
import time
from collections.abc import Iterator
from statistics import median, quantiles

from tests.bench import populate
from tests.bench.figures import Figure, Found
from tests.bench.studio import Studio, session

ROUNDS = 60
FEW, MANY = 1_000, 100_000
SLOWEST = 4
LABEL_STUDIO = {"p50": "423 to 964 ms (100 of 25,000 filtered)", "p99": "888 to 1,914 ms"}


def measure(studio: Studio) -> Iterator[Found]:
    from django.core.cache import cache

    from studio.projects import addresses

    cookies = session("admin")
    made = filled()
    populate.populate(FEW)
    few = counted(paths(made))
    populate.populate(MANY - FEW)
    populate.people()
    asked = paths([*made, *frozen()])
    # What was kept of the few is no answer for the many.
    cache.clear()
    many = counted(asked)
    times = timed(studio, [addresses.within("playground", path) for path in asked], cookies)
    yield slowest("p50", 30, {path: median(took) for path, took in times.items()})
    yield slowest("p99", 150, {path: quantiles(took, n=100)[98] for path, took in times.items()})
    grown = [f"{path} from {few[path]} to {many[path]}" for path in few if path in many and many[path] > few[path]]
    detail = ", ".join(grown) or f"from {FEW:,} to {MANY:,} pairs; at most {max(many.values())} queries"
    yield Figure("pages whose queries grow with the rows", len(grown), "pages", 0, detail=detail)


def slowest(name: str, bar: float, found: dict[str, float], where: str = f"at {MANY:,} pairs") -> Figure:
    order = sorted(found, key=lambda path: found[path], reverse=True)
    missing = sum(value > bar for value in found.values())
    detail = f"{missing} of {len(found)} pages miss it; " if missing else f"of {len(found)} pages; "
    detail += ", ".join(f"{path} {found[path]:.0f}" for path in order[:SLOWEST])
    what = f"the slowest page {where}, server time, {name}"
    return Figure(what, found[order[0]], "ms", bar, label_studio=LABEL_STUDIO[name], detail=detail)


def filled() -> list[str]:
    """The pages of a circle of models, as the tests lay one out."""
    from studio.accounts.models import User
    from tests.frontend.filled import fill

    made = fill(User.objects.get(username="bench-admin"))
    compared = "&".join(f"c={one.author_id}" for one in made.checkpoints)
    machines = ["/runs/", f"/runs/{made.run.pk}/", f"/runs/{made.recipe.pk}/", "/runs/new/dpo/", "/checkpoints/"]
    machines += [f"/checkpoints/{made.checkpoint.pk}/", "/compare/", f"/compare/?{compared}", "/evaluate/"]
    return [*machines, "/", "/settings/", "/frame/", "/palette/?q=bench", "/review/", "/review/my/judgments/"]


def frozen() -> list[str]:
    """A version of all the pairs."""
    from annotation.datasets.versions import freeze

    collections = [f"bench-{number}" for number in range(1, 11)]
    version = freeze("bench", "preferences", {"collections": collections, "test_share": 0.1})
    populate.tidy()
    return [f"/datasets/{version.pk}/", f"/datasets/{version.pk}/figures/", f"/datasets/{version.pk}/items/"]


def paths(others: list[str]) -> list[str]:
    from annotation.models import Author, Pair, Prompt
    from studio.accounts.models import User

    pair, prompt = Pair.objects.order_by("-id").first(), Prompt.objects.order_by("-id").first()
    assert pair and prompt
    judge, model = Author.objects.get(name="bench-judge"), Author.objects.get(name="bench-base")
    reviewer = Author.of(User.objects.get_or_create(username="bench-person-1")[0]).user_id
    middle = f"after={pair.pk // 2}~{pair.pk // 2}"
    return [
        *("/pairs/", f"/pairs/?{middle}", "/pairs/?collection=bench-3", "/pairs/?sort=-grade"),
        *("/pairs/?opinion=disputed", "/pairs/?opinion=people_against_judges", f"/pairs/?judge={judge.pk}"),
        *(f"/pairs/?author={model.pk}", "/pairs/?q=water", "/pairs/?q=term77", "/pairs/?q=term15000"),
        *(f"/pairs/{pair.pk}/", f"/pairs/{pair.pk}/?collection=bench-3&sort=-grade"),
        *("/prompts/", "/prompts/?q=water", f"/prompts/{prompt.pk}/", "/prompts/collections/"),
        *("/prompts/collections/bench-3/", "/prompts/collections/bench-3/figures/"),
        *("/responses/", "/responses/?sort=-length", "/responses/?q=term77"),
        *("/datasets/", "/datasets/freeze/", "/datasets/freeze/preview/?kind=preferences&kinds=judge"),
        *("/import/", "/search/?q=water"),
        *("/people/activity/", "/people/activity/?sort=-people&collection=bench-3", f"/people/{reviewer}/"),
        *others,
    ]


def timed(studio: Studio, asked: list[str], cookies: dict[str, str]) -> dict[str, list[float]]:
    """Milliseconds of each request but the first of each page, which loads templates and warms the caches."""
    times: dict[str, list[float]] = {path: [] for path in asked}
    connection = http.client.HTTPConnection("127.0.0.1", studio.port, timeout=60)
    for number in range(ROUNDS + 1):
        for path in asked:
            took = one(connection, path, request_headers(cookies))
            times[path] += [took] if number else []
    connection.close()
    return times


def request_headers(cookies: dict[str, str]) -> dict[str, str]:
    return {"Host": "localhost", "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}


def one(connection: http.client.HTTPConnection, path: str, headers: dict[str, str]) -> float:
    began = time.perf_counter()
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    answer.read()
    took = (time.perf_counter() - began) * 1000
    assert answer.status == http.HTTPStatus.OK, f"{path}: {answer.status}"
    return took


def counted(asked: list[str]) -> dict[str, int]:
    """The queries of each page, asked for a second time: the first may fill a cache."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from studio.accounts.models import User
    from studio.projects import addresses

    client, found = Client(headers={"Host": "localhost"}), {}
    client.force_login(User.objects.get(username="bench-admin"))
    for path in [addresses.within("playground", path) for path in asked]:
        client.get(path)
        with CaptureQueriesContext(connection) as captured:
            client.get(path)
        found[addresses.parts(path)[1]] = len(captured)
    return found
