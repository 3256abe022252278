"""`manage.py judges`: every judge that there is, and what is to be mended in those that cannot judge."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand

from annotation.judges.client import endpoints
from annotation.judges.config import registry
from studio.words import counted


class Command(BaseCommand):
    help = "List the judges of the library, of STUDIO_JUDGES and of published files."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="One JSON object by name.")

    def handle(self, *, json: bool, **options: Any) -> None:
        listed = {name: said(name, fault) for name, fault in registry.found().items()}
        self.stdout.write(as_json(listed) if json else as_table(listed))


def said(name: str, fault: str) -> dict[str, Any]:
    if fault:
        return {"fault": fault}
    judge = registry.load(name)
    return {
        "protocol": judge.protocol,
        "version": judge.version,
        "digest": judge.digest,
        "model": judge.model,
        "price": [judge.price.input, judge.price.output],
        "author": judge.author_name,
        "no_endpoint": endpoints.fault(judge),
    }


def as_json(listed: dict[str, dict[str, Any]]) -> str:
    return json.dumps(listed, indent=2, ensure_ascii=False)


def as_table(listed: dict[str, dict[str, Any]]) -> str:
    """What can judge first; what cannot after it, each with its remedy."""
    width = max(map(len, listed))
    head = f"{'judge':{width}}  {'protocol':15}  {'version':16}  {'$/M in, out':>12}  model"
    able = [f"{name:{width}}  {line(row)}" for name, row in listed.items() if not trouble(row)]
    return "\n".join([head, *able, *unable({name: trouble(row) for name, row in listed.items() if trouble(row)})])


def unable(troubles: dict[str, str]) -> Iterator[str]:
    """The judges that cannot judge now: each remedy once, with the judges that it mends."""
    if troubles:
        yield f"\n{counted(len(troubles), 'judge')} cannot judge now."
    for remedy in dict.fromkeys(troubles.values()):
        yield remedy
        yield from (f"  {name}" for name, its in troubles.items() if its == remedy)


def trouble(row: dict[str, Any]) -> str:
    """What is to be mended before it can judge."""
    return str(row.get("fault") or row.get("no_endpoint") or "")


def line(row: dict[str, Any]) -> str:
    version, price = f"{row['version']} {row['digest'][:12]}", "{:g}, {:g}".format(*row["price"])
    return f"{row['protocol']:15}  {version:16}  {price:>12}  {row['model']}"
