"""`manage.py judge_card NAME --json`: how far a judge may be trusted, what it favours, what it costs."""

from argparse import ArgumentParser
from typing import Any

import orjson
from django.core.management.base import CommandError

from annotation.judges.cards import cache
from annotation.judges.cards.figures import Card, Rate
from annotation.models import Author
from studio.projects.command import ProjectCommand
from studio.words import counted, dollars


class Command(ProjectCommand):
    help = "Count the card of a judge version, by the name of its author. Without a name: list the judges."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", nargs="?", default="")
        parser.add_argument("--json", action="store_true", help="The whole card as one JSON object.")

    def handle(self, *, name: str, json: bool, **options: Any) -> None:
        judges = Author.objects.filter(kind=Author.Kind.JUDGE).order_by("name")
        judge = judges.filter(name=name).first()
        if judge is None:
            known = "\n".join(f"  {one.name}" for one in judges) or "  none yet"
            raise CommandError(f"There is no judge {name!r}. There are\n{known}")
        row = cache.kept(judge, anew=True)
        if json:
            self.stdout.write(orjson.dumps(row.figures, option=orjson.OPT_INDENT_2).decode())
        else:
            self.stdout.write("\n".join(lines(cache.card(row))))


def lines(card: Card) -> list[str]:
    rates = {
        "agreement with people": card.agreement.people.with_ties,
        "  ties left out": card.agreement.people.without_ties,
        "people among themselves": card.agreement.ceiling.with_ties,
        "  ties left out ": card.agreement.ceiling.without_ties,
        "consistent over the swap": card.bias.consistency,
        "first position wins": card.bias.first_position,
        "longer wins": card.bias.longer,
        "list wins": card.bias.lists,
    } | {f"correct by {gold.name}": gold.correct for gold in card.gold}
    judged = f"{counted(card.counts.judged, 'pair')} judged, {card.counts.failed:,} of them without a verdict"
    return [card.name, judged, *(f"{name:>32}  {in_words(rate)}" for name, rate in rates.items()), costs(card)]


def in_words(rate: Rate) -> str:
    if rate.estimate is None:
        return "nothing to count"
    prompts = counted(rate.prompts, "prompt")
    return f"{rate.estimate:6.1%}  ({rate.low:.1%} to {rate.high:.1%}, n = {rate.n:,} over {prompts})"


def costs(card: Card) -> str:
    per_thousand = card.spending.per_thousand
    return "Its price is not known" if per_thousand is None else f"{dollars(per_thousand)} for a thousand pairs"
