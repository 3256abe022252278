"""Dataset versions: the list, and one with its definition, composition, lineage, items and files."""

from typing import Any

from django import forms
from django.core.exceptions import BadRequest
from django.db.models import F
from django.db.models.fields.json import KT, KeyTextTransform
from django.db.models.functions import Left
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render

from annotation.datasets import composition
from annotation.datasets.differences import difference
from annotation.datasets.next_version import warnings_of
from annotation.interchange.exports import CONTAINERS, ExportRefused, export_version, file_name, n_rows
from annotation.interchange.formats import WRITTEN
from annotation.models import Version, VersionItem
from annotation.models.datasets import called
from annotation.review.flagging import held_items
from frontend.kit.filters import Filters
from frontend.kit.list_pages import list_response
from frontend.kit.listing import Column, Listing, Rows
from frontend.pages.data.pairs import EXCERPT
from frontend.presenters.datasets import shares
from frontend.presenters.datasets.definitions import in_words
from frontend.presenters.training.launch import reading
from studio import manage_command
from studio.accounts.access import asker, requires
from studio.accounts.roles import Capability
from studio.http.parsing import row_id
from studio.http.streaming import download


class VersionFilters(Filters):
    q = forms.CharField(label="Search")
    kind = forms.ChoiceField(choices=[("", "Any"), *Version.Kind.choices])

    by = {
        "q": lambda versions, words: versions.filter(called(words)),
        "kind": lambda versions, kind: versions.filter(kind=kind),
    }


VERSIONS = Listing(
    words="versions",
    filters=VersionFilters,
    columns=(
        Column("name", "Name", sort="name", grows=True),
        Column("holds", "Holds", grows=True),
        Column("kind", "Kind"),
        Column("items", "Items", number=True),
        Column("split", "Train · test", number=True),
        Column("digest", "Digest"),
        Column("by", "Frozen by"),
        Column("added", "Frozen", sort="id"),
    ),
    sort="-added",
    placeholder="Search by name or contents",
    across=Capability.READ_DATA,
)


class ItemFilters(Filters):
    split = forms.ChoiceField(choices=[("", "Any"), ("train", "Train"), ("test", "Test")])

    by = {"split": lambda items, split: items.filter(split=split)}


ITEMS = Listing(
    words="items",
    filters=ItemFilters,
    columns=(
        Column("position", "Item", sort="position"),
        Column("prompt", "Prompt"),
        Column("response", "Response"),
        Column("rejected", "Rejected"),
        Column("margin", "Margin", number=True),
        Column("split", "Split"),
    ),
    sort="position",
)


@requires(Capability.READ_DATA)
def version_list(request: HttpRequest) -> HttpResponse:
    rows = Version.objects.values(
        "id", "name", "number", "holds", "kind", "counts", "digest", "created_at", by=F("created_by__username")
    )
    return list_response(request, VERSIONS, rows, "versions", {"shared": shares.shared_here()})


@requires(Capability.READ_DATA)
def version(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Version.objects.select_related("created_by"), pk=pk)
    runs = found.run_versions.select_related("run").order_by("run_id")
    context: dict[str, Any] = {
        "version": found,
        "definition": in_words(found),
        "flagged": held_items(found),
        "warnings": warnings_of(found),
        "left_out": sorted(found.counts.get("left_out", {}).items(), key=lambda part: -part[1]),
        "made_by": [link for link in runs if link.role == "output"],
        "read_by": [link for link in runs if link.role == "input"],
        "downloads": downloads(found),
        "kinds": reading(found, asker(request)),
        "others": Version.objects.filter(kind=found.kind).exclude(pk=pk).order_by("-id")[:20],
    }
    return render(request, "versions/version.html", context)


def downloads(found: Version) -> list[dict[str, Any]]:
    """Each format that fits the kind, its containers, and the command that writes the same file."""
    fitting = [(name, writing) for name, writing in WRITTEN.items() if found.kind in writing.kinds]
    return [
        {
            "name": name,
            "label": writing.label,
            "says": writing.says,
            "containers": list(CONTAINERS) if writing.columns else ["jsonl"],
            "command": command(found, name),
        }
        for name, writing in fitting
    ]


def command(found: Version, format: str) -> str:
    name = file_name(found, format, "jsonl", None)
    return manage_command.manage("export_version", found.name, name, number=found.number, format=format)


@requires(Capability.READ_DATA)
def version_figures(request: HttpRequest, pk: int) -> HttpResponse:
    """What it was made of when it was frozen, as a fragment."""
    found = get_object_or_404(Version, pk=pk)
    percentiles = [f"{share * 100:.0f} %" for share in composition.PERCENTILES]
    context = {"version": found, "made_of": composition.composition(found), "percentiles": percentiles}
    return render(request, "versions/figures.html", context)


@requires(Capability.READ_DATA)
def version_difference(request: HttpRequest, pk: int) -> HttpResponse:
    """`?against=` another version of the same kind, as a fragment."""
    found = get_object_or_404(Version, pk=pk)
    other = get_object_or_404(Version, pk=number(request, "against"), kind=found.kind)
    context = {"version": found, "other": other, "difference": difference(found, other)}
    return render(request, "versions/difference.html", context)


@requires(Capability.READ_DATA)
def version_items(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Version, pk=pk)
    return list_response(request, ITEMS, listed_items(found), "versions/items", {"version": found, "shared": None})


def listed_items(found: Version) -> Rows:
    """Excerpts of the frozen records, cut in the database."""

    def excerpt(key: str) -> Left:
        return Left(KeyTextTransform(key, "record"), EXCERPT)

    text = "chosen" if found.kind == Version.Kind.PREFERENCES else "response"
    return VersionItem.objects.filter(version=found).values(
        "id",
        "position",
        "split",
        "pair_id",
        "prompt_id",
        excerpt=Left(KT("record__prompt__-1__content"), EXCERPT),
        response=excerpt(text),
        rejected=excerpt("rejected"),
        margin=KeyTextTransform("margin", "record"),
    )


@requires(Capability.READ_DATA)
def version_download(request: HttpRequest, pk: int) -> HttpResponseBase:
    return downloaded(request, get_object_or_404(Version, pk=pk))


def downloaded(request: HttpRequest, found: Version) -> HttpResponseBase:
    """`?format=trl_preference&as=parquet&split=train`: the file, streamed."""
    format, container = request.GET.get("format", "records"), request.GET.get("as", "jsonl")
    split = request.GET.get("split") or None
    if split not in (None, "train", "test"):
        raise BadRequest("split: it is train or test.")
    try:
        blocks = export_version(found, format, container, split)
    except ExportRefused as error:
        raise BadRequest(str(error)) from error
    name = file_name(found, format, container, split)
    return download(request, blocks, CONTAINERS[container], name, n_rows(found, split))


def number(request: HttpRequest, name: str) -> int:
    asked = request.GET.get(name, "")
    found = row_id(asked)
    if found is None:
        raise BadRequest(f"{name} = {asked!r}: it is the number of a version.")
    return found
