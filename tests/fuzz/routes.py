"""Every route of the studio as the resolver knows it: a new one is there by itself."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.regex_helper import normalize

from annotation.models import Collection
from studio.projects.models import Project
from tests.fuzz.hostile import quoted
from training.evaluation.benchmarks import BENCHMARKS
from training.models import BenchmarkVerdict
from training.recipes import RECIPES
from training.runs.kinds import KINDS


@dataclass(frozen=True)
class Route:
    """`form` is its address with a place for each parameter: `/runs/%(pk)s/cancel/`."""

    form: str
    names: tuple[str, ...]

    def at(self, **values: str) -> str:
        return self.form % {name: quoted(value) for name, value in values.items()}


# A view that shows another form for each kind.
OF_KINDS = "/runs/new/%(kind)s/"


def routes() -> list[Route]:
    found = set(walk(get_resolver(), "")) | {Route(OF_KINDS % {"kind": kind}, ()) for kind in KINDS}
    return sorted(found, key=lambda route: route.form)


def walk(resolver: URLResolver, before: str) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        pattern = before + str(entry.pattern.regex.pattern).removeprefix("^")
        if isinstance(entry, URLResolver):
            yield from walk(entry, pattern)
        elif isinstance(entry, URLPattern):
            yield from (Route("/" + form, tuple(names)) for form, names in normalize(pattern))


def known_values() -> list[str]:
    """What may stand in an address here: the first id of everything, a rated answer and its result, and names."""
    everything = [model._default_manager.order_by("pk") for model in apps.get_models()]
    firsts = {rows.values_list("pk", flat=True).first() for rows in everything}
    rated = BenchmarkVerdict.objects.latest("pk")
    ids = sorted({pk for pk in firsts if isinstance(pk, int)} | {rated.result_id, rated.pk})
    slugs = *Project.objects.values_list("slug", flat=True)[:2], *Collection.objects.values_list("slug", flat=True)[:2]
    return [*map(str, ids), *slugs, *KINDS, *BENCHMARKS, *RECIPES, "auth", "annotation"]
