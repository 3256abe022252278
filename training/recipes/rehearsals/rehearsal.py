"""A rehearsal at work: every stage in the recipe's order, until the first that fails."""

import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from training import recipes
from training.models import Checkpoint, Run
from training.recipes import orchestration
from training.recipes.rehearsals import asking, programs, rows
from training.recipes.rehearsals.estimate import estimate
from training.recipes.rehearsals.programs import Asked, Machine, Trapped
from training.recipes.stages import (
    Asked as Choice,
)
from training.recipes.stages import (
    AuthorOf,
    CheckpointOf,
    Given,
    Need,
    Pipeline,
    Source,
    Stage,
    StageOutput,
    StageVersion,
)
from training.runs.failures import RunFailed, RunStopped
from training.worker import claims, transitions
from training.worker.renewal import Renewal

FOLDER = "stages"
NEEDS = "given"


def rehearse(run: Run, renewal: Renewal) -> dict[str, Any]:
    """What each stage took. Raises RunFailed at the first trap, by the stage's name, and RunStopped."""
    folder = run.directory / FOLDER
    erase(folder)
    try:
        with claims.locked_gpus(run, renewal) as locks:
            return Rehearsal(run, renewal, folder, Machine(run.gpu_uuids, locks, renewal)).through()
    finally:
        # Whatever became of it: weights, samples and pairs were made to be thrown away.
        erase(folder)


def erase(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


class Rehearsal:
    """The stages of one rehearsal, each in its folder, with what they have made so far."""

    def __init__(self, run: Run, renewal: Renewal, folder: Path, machine: Machine) -> None:
        self.run, self.renewal, self.folder, self.machine = run, renewal, folder, machine
        self.settings: dict[str, Any] = run.spec["settings"]
        self.pipeline: Pipeline = orchestration.pipeline_of(run)
        self.stages = {stage.name: stage for stage in self.pipeline.stages}
        self.checkpoints: dict[str, Checkpoint] = {}
        self.told: list[dict[str, Any]] = []

    def through(self) -> dict[str, Any]:
        self.note()
        self.write_given()
        for stage in self.pipeline.stages:
            if self.renewal.must_stop:
                raise RunStopped
            began = time.monotonic()
            row: dict[str, Any] = {"stage": stage.name, "kind": stage.kind}
            try:
                row |= self.played(stage)
            except Trapped as trap:
                self.note(row | {"error": str(trap), "took": time.monotonic() - began})
                raise RunFailed(f"Stage {stage.name} would fail: {trap}") from trap
            self.note(row | {"took": time.monotonic() - began})
        if self.settings["whole_batches"]:
            return self.result | {"estimate": estimate(self.run, self.told[0])}
        return self.result

    @property
    def result(self) -> dict[str, Any]:
        return {"stages": self.told}

    def note(self, row: dict[str, Any] | None = None) -> None:
        self.told += [row] if row else []
        done = sum("error" not in one for one in self.told)
        progress = {"done": done, "total": len(self.stages), "unit": "stages"}
        transitions.report(self.renewal.held, **progress, result=self.result)

    def write_given(self) -> None:
        """What is given, and what the recipe would make, some rows of each. Raises RunFailed."""
        versions = {row.name: row.version for row in self.run.run_versions.select_related("version")}
        count = self.settings["rows"]
        found = {name: rows.of_version(one, count, count > rows.ROWS) for name, one in versions.items()}
        collections = {name: need for name, need in self.pipeline.needs.items() if need.kind == "collection"}
        found |= {name: rows.of_collection(self.settings["given"][name]) for name in collections}
        missing = {name for name, need in self.pipeline.needs.items() if is_made(need) and name not in found}
        if missing:
            file = orchestration.file_of(self.run)
            recipe, scale = recipes.chosen({"recipe": file.recipe, "scale": file.scale})
            found |= {
                name: made for name, made in recipe.examples(Choice(scale, file.seed)).items() if name in missing
            }
        for name, records in found.items():
            rows.write(self.folder / NEEDS / f"{name}.jsonl", records)

    def played(self, stage: Stage) -> dict[str, Any]:
        """Raises Trapped, RunStopped."""
        by_kind: Mapping[str, Callable[[Stage], dict[str, Any]]] = {
            "judge": self.judged,
            "review": self.judged,
            "rate": self.rated,
            "evaluate": self.evaluated,
            "benchmark": self.measured,
        }
        return by_kind.get(stage.kind, self.performed)(stage)

    def performed(self, stage: Stage) -> dict[str, Any]:
        named = {"base": stage.starts_from, "reference": stage.reference}
        asked = Asked(
            stage.name,
            stage.kind,
            self.resolved(stage.settings),
            {field: self.checkpoint(name) for field, name in named.items() if name},
            {role: [self.checkpoint(name) for name in names] for role, names in stage.loads.items()},
            {role: self.file(source) for role, source in stage.inputs.items()},
            self.settings["steps"],
            self.settings["whole_batches"],
        )
        folder = self.folder / stage.name
        found = programs.perform(asked, folder, self.machine)
        if made := programs.made(asked, folder, self.run):
            self.checkpoints[stage.name] = made
        return found

    def judged(self, stage: Stage) -> dict[str, Any]:
        settings = {"seed": 0, "test_share": 0.0} | self.resolved(stage.settings)
        target = self.folder / stage.name / "output" / "preferences.jsonl"
        judge = asking.ready(settings["judge"]) if stage.kind == Run.Kind.JUDGE else None
        responses = stage.inputs.get("responses")
        if responses is None:
            return {"skipped": "It judges pairs that are there; a rehearsal has none of them."}
        return asking.preferences(judge, self.file(responses), target, settings, self.run, self.machine.asker)

    def rated(self, stage: Stage) -> dict[str, Any]:
        """Each judge is asked about a response; what they say is one score by chance."""
        settings = self.resolved(stage.settings)
        target = self.folder / stage.name / "output" / "scores.jsonl"
        responses, told = self.file(stage.inputs["responses"]), {"questions": 0, "dollars": 0.0}
        for name in (settings["judge"], *settings.get("further_judges", ())):
            asked = asking.ratings(asking.ready(name), responses, target, self.run, self.machine.asker)
            told = {what: told[what] + asked[what] for what in told}
        return told

    def evaluated(self, stage: Stage) -> dict[str, Any]:
        """Every comparison has responses on both sides; the judge is asked about one of them."""
        judge, prompts = asking.ready(self.resolved(stage.settings)["judge"]), stage.inputs["prompts"]
        compared = stage.settings["comparisons"]
        sides = [(self.answers(one["checkpoint"], prompts), one.get("baseline")) for one in compared]
        both = [(ours, self.answers(other, prompts)) for ours, other in sides if other is not None]
        if not both:
            return asking.alone(judge, sides[0][0], self.run, self.machine.asker)
        return asking.compared(judge, *both[-1], self.run, self.machine.asker)

    def measured(self, stage: Stage) -> dict[str, Any]:
        settings = {name: value for name, value in stage.settings.items() if name != "authors"}
        known = self.resolved(settings)
        collection = stage.settings["collection"]
        if not isinstance(collection, Given):
            return {"skipped": "Its questions are not given: a rehearsal has no answers to them."}
        ours = self.answers(stage.settings["authors"][-1], collection)
        judge = asking.ready(known["judge"])
        if known.get("baseline") is None:
            return asking.alone(judge, ours, self.run, self.machine.asker)
        return asking.against(judge, ours, known["baseline"], self.run, self.machine.asker)

    def answers(self, of: Any, prompts: Source) -> Path:
        """What a stage's checkpoint answered to these prompts. Raises Trapped."""
        name = of.name if isinstance(of, CheckpointOf | AuthorOf) else str(of)
        for stage in self.stages.values():
            if stage.kind == "sample" and stage.starts_from == name:
                for draw in stage.settings.get("draws", [{}]):
                    if stage.inputs.get(draw.get("prompts", "prompts")) == prompts:
                        return self.folder / stage.name / "output" / f"{draw.get('name', 'responses')}.jsonl"
        raise Trapped(f"No stage samples responses of {name} to {prompts}.")

    def checkpoint(self, name: str) -> Checkpoint:
        """That a stage made here, or that was given. Raises Trapped."""
        if name in self.checkpoints:
            return self.checkpoints[name]
        found = Checkpoint.objects.filter(pk=self.settings["given"].get(name)).first()
        if found is None:
            raise Trapped(f"The checkpoint {name} that was given is there no more.")
        return found

    def file(self, source: Source) -> Path:
        match source:
            case Given(name):
                return self.folder / NEEDS / f"{name}.jsonl"
            case StageOutput(stage, file):
                return self.folder / stage / "output" / file
            case StageVersion(stage, name):
                return self.folder / stage / "output" / f"{name}.jsonl"

    def resolved(self, settings: Any) -> Any:
        """Of what is given its name or id; what the stages make has none here."""
        match settings:
            case Given(name):
                return self.settings["given"][name]
            case CheckpointOf() | AuthorOf():
                return 0
            case Mapping():
                return {name: self.resolved(value) for name, value in settings.items()}
            case list() | tuple():
                return [self.resolved(value) for value in settings]
        return settings


def is_made(need: Need) -> bool:
    return need.is_version and need.is_made
