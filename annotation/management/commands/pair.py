"""`manage.py pair SLUG --strategy reference --reference NAME`: any number of pairs of a collection's responses."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.db.models import QuerySet

from annotation.limits import MOST, MOST_SEEDS
from annotation.models import Author, Collection
from annotation.review.collection_pairing import (
    SOURCE_LENGTH,
    Pairing,
    PairingInvalid,
    Preview,
    pair_collection,
    preview,
    scorers,
    writers,
)
from annotation.review.pairing_strategies import STRATEGIES
from studio.projects.command import ProjectCommand
from studio.words import counted


class Command(ProjectCommand):
    help = "Make pairs of the responses in a collection. Running it twice adds nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("collection", help="Its slug.")
        parser.add_argument("--strategy", choices=STRATEGIES, default="all")
        parser.add_argument(
            "--author",
            action="append",
            default=[],
            help="Only responses by NAME. You can give it several times; without it all authors count.",
        )
        parser.add_argument(
            "--reference", help="For reference: the author whose responses all others are compared with."
        )
        parser.add_argument("--scored-by", help="For a strategy that uses scores: whose scores count.")
        parser.add_argument("--per-prompt", type=int, help="At most this many pairs for each prompt.")
        parser.add_argument("--limit", type=int, help="At most this many pairs together.")
        parser.add_argument("--seed", type=int, default=0, help="Decides which pairs are made under a limit.")
        parser.add_argument("--source", default="", help="Written on new pairs, so that you can find them.")
        parser.add_argument("--dry-run", action="store_true", help="Count the first pairs, and make none.")

    def handle(self, *, collection: str, dry_run: bool, **options: Any) -> None:
        found = Collection.objects.filter(slug=collection).first()
        if found is None:
            known = ", ".join(Collection.objects.values_list("slug", flat=True)) or "none"
            raise CommandError(f"There is no collection {collection!r}. There are: {known}.")
        try:
            asked = pairing(found, options)
            if dry_run:
                self.stdout.write(in_words(preview(found, asked)))
                return
            made = pair_collection(found, asked, report=self.note)
        except PairingInvalid as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{counted(made, 'new pair')} in {found.slug}.")

    def note(self, made: int) -> None:
        self.stderr.write(f"{counted(made, 'new pair')} so far")


def pairing(collection: Collection, options: dict[str, Any]) -> Pairing:
    """Raises PairingInvalid."""
    for field, least, most in (("per_prompt", 1, MOST), ("limit", 1, MOST), ("seed", 0, MOST_SEEDS - 1)):
        if options[field] is not None and not least <= options[field] <= most:
            raise PairingInvalid(field, f"{options[field]} is not between {least} and {most:,}.")
    if len(options["source"]) > SOURCE_LENGTH:
        raise PairingInvalid("source", f"It has at most {SOURCE_LENGTH} characters.")
    return Pairing(
        strategy=options["strategy"],
        authors=tuple(named("author", name, writers(collection)) for name in options["author"]),
        reference=named("reference", options["reference"], writers(collection)) if options["reference"] else None,
        scored_by=named("scored_by", options["scored_by"], scorers(collection)) if options["scored_by"] else None,
        **{name: options[name] for name in ("per_prompt", "limit", "seed", "source")},
    )


def named(field: str, name: str, authors: QuerySet[Author]) -> Author:
    """Raises PairingInvalid where no such author, or more than one, is among these."""
    found = list(authors.filter(name=name)[:2])
    if len(found) == 1:
        return found[0]
    if found:
        raise PairingInvalid(field, f"Two authors are called {name!r}. Rename one in the admin.")
    known = ", ".join(authors.values_list("name", flat=True)[:20]) or "none"
    raise PairingInvalid(field, f"{name!r} is not one of these: {known}.")


def in_words(expected: Preview) -> str:
    more = "More than " if expected.is_partial else ""
    unscored = f" {counted(expected.unscored, 'response')} without a score left out." if expected.unscored else ""
    return (
        f"{more}{counted(expected.pairs, 'pair')} of {counted(expected.prompts, 'prompt')}:"
        f" {expected.new:,} new, {expected.known:,} known.{unscored}"
    )
