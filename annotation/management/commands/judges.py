"""`manage.py judges`: every judge that there is, and what is to be mended in those that cannot judge."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from annotation.judges import loading


class Command(BaseCommand):
    help = "List the judges of the library, of STUDIO_JUDGES and of published files."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="One JSON object by name.")

    def handle(self, *, json: bool, **options: Any) -> None:
        listed = {name: said(name, fault) for name, fault in loading.found().items()}
        self.stdout.write(as_json(listed) if json else as_table(listed))


def said(name: str, fault: str) -> dict[str, Any]:
    if fault:
        return {"fault": fault}
    judge = loading.load(name)
    return {
        "protocol": judge.protocol,
        "version": judge.version,
        "digest": judge.digest,
        "model": judge.model,
        "price": [judge.price.input, judge.price.output],
        "author": judge.author_name,
    }


def as_json(listed: dict[str, dict[str, Any]]) -> str:
    return json.dumps(listed, indent=2, ensure_ascii=False)


def as_table(listed: dict[str, dict[str, Any]]) -> str:
    width = max(map(len, listed))
    head = f"{'judge':{width}}  {'protocol':15}  {'version':16}  {'$/M in, out':>12}  model"
    return "\n".join([head, *(f"{name:{width}}  {line(row)}" for name, row in listed.items())])


def line(row: dict[str, Any]) -> str:
    if "fault" in row:
        return f"cannot judge: {row['fault']}"
    version, price = f"{row['version']} {row['digest'][:12]}", "{:g}, {:g}".format(*row["price"])
    return f"{row['protocol']:15}  {version:16}  {price:>12}  {row['model']}"
