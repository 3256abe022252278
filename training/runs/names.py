"""What runs, and what they make, are called by whoever gives them no name: what it does, on what, from what."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.module_loading import import_string

from annotation.judges.runs import over_pairs
from annotation.models import Author, Version
from studio.words import counted
from training import recipes
from training.evaluation.benchmarks import BENCHMARKS
from training.models import Checkpoint, Run
from training.models.runs import LONGEST_NAME
from training.runs import forms, judge_session
from training.runs.forms import FormInvalid
from training.runs.kinds import KINDS


@dataclass(frozen=True)
class RunOutput:
    """A file that another run left in its `output` folder, as an input of this one; `of` is that run in short."""

    run_id: int
    file: str
    of: str = ""

    def __str__(self) -> str:
        return f"{self.file.rpartition('.')[0] or self.file} of {self.of or f'run {self.run_id}'}"


Input = Version | RunOutput
# Among more pairs nobody counts, within the launch, those that wait: it takes seconds.
MOST_COUNTED = 100_000
# The words, and the names that stand in them: of a long line these are cut.
Sentence = tuple[str, dict[str, str]]


@dataclass(frozen=True)
class Launched:
    """What a run is launched with: its model and its data in words."""

    kind: str
    model: str
    data: str
    settings: Mapping[str, Any]


def title(kind: str, checkpoint: Checkpoint | None, inputs: Mapping[str, Input], settings: Mapping[str, Any]) -> str:
    """`64 samples of alpaca v1 by sft-7b`, `DPO on mine v3 from sft-7b`; in at most LONGEST_NAME characters.

    The row of the kind names the function that says it.
    """
    data = " and ".join(sorted({str(given) for given in inputs.values()}))
    words, names = import_string(KINDS[kind].says)(Launched(kind, str(checkpoint or ""), data, settings))
    return fitted(words, names)


def fitted(words: str, names: Mapping[str, str]) -> str:
    """The words with the names, which are cut alike until all of it fits."""
    for most in range(LONGEST_NAME, 0, -1):
        whole = words.format(**{place: shortened(name, most) for place, name in names.items()})
        if len(whole) <= LONGEST_NAME:
            return whole
    return shortened(whole, LONGEST_NAME)


def shortened(name: str, most: int) -> str:
    return name if len(name) <= most else f"{name[: most - 1].rstrip()}…"


def free(name: str, kind: str, given: Mapping[str, Any], begun: Mapping[str, Any]) -> str:
    """The name; where a run has it already, with the settings that somebody changed, else with a number.

    They are `given`; a form that nobody touched gives what the project and the machines had it begin with: `begun`.
    """
    taken = set(Run.objects.filter(name__startswith=name[: LONGEST_NAME // 2]).values_list("name", flat=True))
    changed = ", ".join([name, *changes(name, kind, given, begun)])
    tried = [name, changed] if len(changed) <= LONGEST_NAME else [name]
    numbered = (fitted(f"{{name}} · {n}", {"name": tried[-1]}) for n in range(2, len(taken) + 3))
    return next(one for one in (*tried, *numbered) if one not in taken)


def changes(name: str, kind: str, given: Mapping[str, Any], begun: Mapping[str, Any]) -> Iterator[str]:
    """`beta 0.5`: of what people change first, what is not as the form had it, and what the name does not say."""
    for field in forms.fields(kind):
        if field.required or field.name not in KINDS[kind].first or field.name not in given:
            continue
        value = given[field.name]
        is_changed = value != begun.get(field.name, field.default) and isinstance(value, int | float | str)
        if is_changed and not re.search(rf"(?<!\w){re.escape(str(value))}(?!\w)", name):
            yield f"{field.label.lower()} {value}"


def short(run: Run) -> str:
    """`sft-12`; a stage has the number of its recipe, so that one sees what belongs together."""
    return f"{run.stage or run.kind}-{ending(run)}"


def ending(run: Run) -> str:
    """The number that names end with; `12-2` of a recipe's stage that was run again."""
    again = f"-{run.attempt}" if run.attempt > 1 else ""
    return f"{run.parent_id or run.pk}{again}"


def made(run: Run) -> str:
    """What a checkpoint or a version of a run is called: as a person called the run, or in short."""
    return run.name if run.is_named else short(run)


def rename(run: Run, name: str) -> None:
    """What it makes from now on is called so too. Raises FormInvalid."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME or "\0" in name:
        raise FormInvalid({"name": f"Write a name of 1 to {LONGEST_NAME} characters, without a NUL."})
    Run.objects.filter(pk=run.pk).update(name=name, is_named=True)
    run.name, run.is_named = name, True


# One for each row of `training.runs.kinds`, which names it.


def from_data(run: Launched) -> Sentence:
    words = [KINDS[run.kind].label, run.data and "on {data}", run.model and "from {model}"]
    return " ".join(filter(None, words)), {"data": run.data, "model": run.model}


def creates(run: Launched) -> Sentence:
    return "New model from {data}", {"data": run.data}


def merges(run: Launched) -> Sentence:
    way = "SLERP" if run.settings["way"] == "slerp" else "Mean"
    return f"{way} of {{model}} and others", {"model": run.model}


def moves(run: Launched) -> Sentence:
    return "Move {collection} to {project}", {name: run.settings[name] for name in ("collection", "project")}


def samples(run: Launched) -> Sentence:
    draws = run.settings["draws"]
    n = counted(draws[0]["n"], "sample") if len(draws) == 1 else "Samples"
    return f"{n} of {{data}} by {{model}}", {"data": run.data, "model": run.model}


def scores(run: Launched) -> Sentence:
    return "{model} scores {data}", {"data": run.data, "model": run.model}


def keeps_best(run: Launched) -> Sentence:
    kept = f"{run.settings['keep']} responses" if run.settings["keep"] > 1 else "response"
    return f"Keep the best {kept} to each prompt in {{data}}", {"data": run.data}


def measures_tasks(run: Launched) -> Sentence:
    return "{tasks} on {model}", {"tasks": ", ".join(run.settings["tasks"]), "model": run.model}


def judges(run: Launched) -> Sentence:
    """How many pairs the judge has still to judge is counted now, of a collection that is not too large for it.

    Those of new responses are not made yet.
    """
    asked = run.settings
    if run.data:
        return "{judge} judges pairs of {data}", {"judge": asked["judge"], "data": run.data}
    if asked["pairs"]:
        return f"{{judge}} judges {counted(len(asked['pairs']), 'chosen pair')}", {"judge": asked["judge"]}
    found = over_pairs.pairs_of(asked["collection"], asked["source"])
    is_large = found[: MOST_COUNTED + 1].count() > MOST_COUNTED
    n = 0 if is_large else over_pairs.unjudged(found, judge_session.named(asked["judge"]).author).count()
    of = "{data} from {source}" if asked["source"] else "{data}"
    names = {"judge": asked["judge"], "data": asked["collection"], "source": asked["source"]}
    return f"{{judge}} judges {counted(n, 'pair') if n else 'pairs'} of {of}", names


def asks_people(run: Launched) -> Sentence:
    return "People judge pairs of {data}", {"data": run.data}


def rates(run: Launched) -> Sentence:
    judges = [run.settings["judge"], *run.settings["further_judges"]]
    many = f" and {len(judges) - 1} more" if len(judges) > 1 else ""
    return f"{{judge}}{many} rate{'' if many else 's'} {{data}}", {"judge": judges[0], "data": run.data}


def evaluates(run: Launched) -> Sentence:
    compared = run.settings["comparisons"]
    ids = {one["checkpoint"] for one in compared} | {one.get("baseline") for one in compared}
    called = dict(Checkpoint.objects.filter(pk__in=ids).values_list("pk", "name"))
    names = {"data": run.data, "judge": run.settings["judge"]}
    measured = {one["checkpoint"] for one in compared}
    if len(measured) > 1:
        return f"Evaluate {counted(len(measured), 'checkpoint')} on {{data}} by {{judge}}", names
    one = compared[0]
    names |= {"model": called.get(one["checkpoint"], "a checkpoint"), "baseline": called.get(one.get("baseline"), "")}
    against = " against {baseline}" if len(compared) == 1 and names["baseline"] else ""
    return f"Evaluate {{model}}{against} on {{data}} by {{judge}}", names


def measures(run: Launched) -> Sentence:
    label, ids = BENCHMARKS[run.settings["benchmark"]].label, run.settings["authors"]
    names = {"data": run.settings["collection"], "judge": run.settings["judge"]}
    if len(ids) > 1:
        return f"{label} of {counted(len(ids), 'model')} on {{data}} by {{judge}}", names
    only = Author.objects.filter(pk__in=ids).values_list("name", flat=True).first()
    return f"{label} of {{model}} on {{data}} by {{judge}}", names | {"model": only or "a model"}


def follows_recipe(run: Launched) -> Sentence:
    if run.settings.get("file"):
        return "{recipe} from a file", {"recipe": str(run.settings["file"].get("title", "A recipe"))}
    recipe, scale = recipes.chosen(run.settings)
    return f"{{recipe}} {scale}, seed {run.settings['seed']}", {"recipe": recipe.title}


def rehearses(run: Launched) -> Sentence:
    """Of a recipe, or of the first steps of one training."""
    if run.settings["whole_batches"]:
        title = str(run.settings["file"].get("title", "a training"))
        return f"First {run.settings['steps']} steps of {{training}}", {"training": title}
    words, names = follows_recipe(run)
    return f"Rehearsal of {words}", names
