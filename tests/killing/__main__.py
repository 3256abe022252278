"""`python -m tests.killing [KIND[:VICTIM] …] [--seeds 1 2 3]`: a table of what every kill did.

Of a kind without a victim every process is killed, one after the other. A row that went wrong is done again by its
kind, victim and seed. Ends with 1 where anything was lost or doubled.
"""

import argparse
import os
import sys
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import asdict
from itertools import product
from typing import Any

import orjson

from tests.annotation.judges.endpoint import serving
from tests.bench.studio import Studio, opened
from tests.killing.provider import Answering

KINDS = ("import", "judging", "sampling", "training")
COLUMNS = ("kind", "victim", "seed", "at", "back", "goes on", "whole", "twice", "with keys", "unheard", "faults")
WIDTHS = "{:<9} {:<13} {:>4} {:>5} {:>7} {:>8} {:>8} {:>6} {:>9} {:>8} {}"


def main() -> int:
    reader = argparse.ArgumentParser()
    reader.add_argument("kinds", nargs="*", default=KINDS)
    reader.add_argument("--seeds", nargs="*", type=int, default=[1, 2, 3])
    reader.add_argument("--json", action="store_true")
    asked, wrong = reader.parse_args(), 0
    if not asked.json:
        say(WIDTHS.format(*COLUMNS))
    for row in rows(asked):
        say(orjson.dumps(row).decode() if asked.json else in_columns(row))
        wrong += bool(row["faults"])
    return int(bool(wrong))


def rows(asked: Namespace) -> Iterator[dict[str, Any]]:
    os.environ |= {"OPENAI_API_KEY": "none", "OPENAI_IN_FLIGHT": "16"}
    endpoint = Answering()
    with serving(endpoint):
        os.environ["OPENAI_BASE_URL"] = endpoint.address
        with opened() as studio:
            yield from killed(studio, endpoint, asked)


def killed(studio: Studio, endpoint: Answering, asked: Namespace) -> Iterator[dict[str, Any]]:
    # What knows models can be imported once Django is set up.
    from tests.killing.kills import kill
    from tests.killing.works import VICTIMS, prepared

    named = [name.partition(":")[::2] for name in asked.kinds]
    makes, number = prepared(studio, endpoint, [kind for kind, _ in named]), 0
    for (kind, victim), seed in product(named, asked.seeds):
        for process in (victim,) if victim else VICTIMS[kind]:
            number += 1
            yield asdict(kill(studio, kind, makes[kind](number), process, seed))


def in_columns(row: dict[str, Any]) -> str:
    times = (f"{row[name]:.1f}s" for name in ("back", "recovered", "seconds"))
    paid = (row[name] for name in ("twice", "twice_with_keys", "unheard"))
    named = (row["kind"], row["victim"], row["seed"], f"{row['share']:.0%}")
    return WIDTHS.format(*named, *times, *paid, "; ".join(row["faults"]))


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
