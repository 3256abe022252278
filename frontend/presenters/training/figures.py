"""All that a program measured and counted, in words: what has a section of its own, and everything else.

A figure that is new here is shown too, under its own name: nothing that was computed stays unseen.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.template.defaultfilters import filesizeformat

from frontend.kit.wording import span
from studio.words import dollars
from training.models import Run, RunVersion
from training.runs.figures import BestOf, HeldOut, best_of_n, held_out

# Each with its name on pages, and what it says on hover.
WORDS = {
    "train_loss": ("Training loss", "The mean over all steps of this run."),
    "reward first": ("Reward at the beginning", "The mean over the first tenth of the logged points."),
    "reward last": ("Reward at the end", "The mean over the last tenth of the logged points."),
    "beyond_kl_limit step": ("Beyond the KL limit at step", "Where it was too far from its base for the first time."),
    "beyond_kl_limit kl": ("KL there", "In nats a token."),
    "parameters": ("Parameters", "Weights of the model, counted once each."),
    "rows": ("Rows learnt from", "Of its data, after what was left out."),
    "steps": ("Steps", "Updates of the weights."),
    "truncated": ("Cut", "Rows that are longer than the longest length: their end was not learnt."),
    "dropped_long": ("Left out: too long", "Pairs of which a response would have been cut: its end is judged too."),
    "documents": ("Documents", "Texts that were learnt whole, in windows of the longest length."),
    "dropped_weights": ("Left out: weights", "Rows whose weights do not fit their answers. The log names the first."),
    "cut_left": ("Cut at the beginning", "Pairs that are longer than the longest length: their prompt begins later."),
    "cut_response": ("Cut at the end", "Pairs that are longer than the longest length: their responses end earlier."),
    "dropped_too_long": ("Left out: too long", "Conversations that are longer than the model can read."),
    "dropped_masked": ("Left out: no answer left", "Rows of which nothing that is to be learnt fits."),
    "dropped_held_out": (
        "Left out: held out elsewhere",
        "Rows whose prompt another dataset of the mixture holds out.",
    ),
    "dropped_roles": ("Left out: turns", "Rows whose turns are in an order that no chat template has."),
    "dropped_markers": ("Left out: poses as a turn", "Rows in which a text holds words that begin a turn."),
    "dropped_template": (
        "Left out: not in the template",
        "Rows that the chat template cannot show. The log says why.",
    ),
    "escaped": (
        "With control tokens as text",
        "Conversations whose texts name control tokens. They are read as text.",
    ),
    "answers_not_learnt": ("Answers not learnt", "Earlier answers that the chat template does not show as they are."),
    "held_out": ("Rows held out", "Those of the split test: measured, and never learnt."),
    "tokens": ("Tokens", ""),
    "prompts": ("Prompts", ""),
    "responses": ("Responses", ""),
    "unfinished": ("Cut off", "Responses that ended at the longest length, not by themselves."),
    "short": ("Prompts with too few", "Prompts that have fewer different responses than were asked for."),
    "scores": ("Scored", "Responses that have a score now."),
    "without": ("Not scored", "Responses that are too long for the reward model, or pose as another turn."),
    "best": ("Kept as best", ""),
    "pairs": ("Pairs", "Preferences that were made of the scores."),
    "without_pair": ("Prompts without a pair", "The figures beside say why."),
    "without_pair_single": ("No pair: one response", "Prompts that have fewer than two responses with a score."),
    "without_pair_equal": ("No pair: equal scores", "Prompts of which all responses have the same score."),
    "without_pair_gap": ("No pair: too close", "Prompts whose responses differ by less than least_gap."),
    "without_pair_low": ("No pair: low scores", "Prompts whose best response is below least_score."),
    "without_pair_too_few": ("No pair: too few", "Prompts without responses in the ranks, or of a second model."),
    "without_best": ("Prompts of which none is kept", "Their best response is below least_score."),
    "beyond_quota": ("Prompts beyond the quota", "Their category has its prompts already."),
    "without_score": ("Responses without a score", "They were left out."),
    "mean": ("Mean score", "The mean over prompts of the mean score of a prompt’s responses."),
    "deviation": ("Spread within a prompt", "The mean standard deviation of the scores of one prompt’s responses."),
    "tenth": ("Tenth percentile", "The mean over prompts of the score that a tenth of the responses stay below."),
    "margin": ("Mean gap of a pair", "The mean difference in score between chosen and rejected."),
    "score_with_length": (
        "Score with length",
        "Pearson’s r of score and length among the responses to one prompt: near 1, the longer response wins.",
    ),
    "tasks": ("Tasks", ""),
    "seconds": ("Seconds", ""),
    "spent": ("Spent", ""),
}
LENGTHS = {"all": "All responses", "best": "Kept as best", "random": "At random"}
# Figures that have a place of their own.
APART = ("held_out", "best_of_n", "length", "engine", "mixture")
# And what is measured on held-out rows and stands in no table.
HELD_OUT = {
    "reward": ("Held-out reward", "The mean over held-out prompts, of the weights that were kept."),
    "reward_before": ("Held-out reward before", "The same of the checkpoint that it starts from."),
    "kl": ("Held-out KL", "Distance from the checkpoint that it starts from, in nats a token."),
    "loss": ("Held-out loss", "Of the weights that were kept."),
    "margin": ("Held-out margin", "The mean difference of the rewards of chosen and rejected."),
    "token_accuracy": ("Held-out token accuracy", "The share of tokens that the model would have said."),
    "step": ("Weights of step", "Those that were kept, and measured on held-out rows."),
}


@dataclass(frozen=True)
class Tile:
    label: str
    value: Any
    says: str = ""


@dataclass(frozen=True)
class DrawFigures:
    """One draw of a sampling run: its counts in the order of the table's columns."""

    name: str
    counts: list[int | None]


@dataclass(frozen=True)
class DrawTable:
    """Each column with its label and what it says on hover."""

    columns: list[tuple[str, str]]
    rows: list[DrawFigures]


@dataclass(frozen=True)
class MixedDataset:
    """A dataset of a mixture: its share of the rows in percent, its rows to learn, and how many were drawn of them."""

    version: str
    share: float
    rows: int
    different: int
    drawn: int


@dataclass(frozen=True)
class RunFigures:
    """`made` is how and with what it was made, `lengths` are mean characters by what was kept."""

    tiles: list[Tile]
    draws: DrawTable | None
    lengths: list[Tile]
    held_out: HeldOut | None
    best_of_n: list[BestOf]
    made: list[Tile]
    mixture: list[MixedDataset]


# The columns of the table of draws; of the second kind those that some draw has.
DRAWN = {name: WORDS[name] for name in ("responses", "tokens", "unfinished", "short")}
DRAWN_RARELY = {
    "too_long": ("Too long", "Prompts that leave no room for an answer. The log names the first."),
    "refused": ("Refused", "Prompts that the chat template refuses. The log names the first, and says why."),
    "empty": ("Empty", "Answers without a word. They were drawn again."),
}


def of_run(run: Run) -> RunFigures:
    """What its program left; of a run that asks a judge, and has a section for it, what it spent elsewhere."""
    result: Mapping[str, Any] = run.result
    measured, counts = result.get("figures") or {}, dict(result.get("counts") or {})
    draws = drawn(run, counts)
    known = {name: value for name, value in measured.items() if name not in APART}
    shown = sorted({**known, **counts, **paid(result)}.items(), key=lambda figure: place(figure[0]))
    tiles = [tile for name, value in shown for tile in told(name, value)]
    return RunFigures(
        tiles=[*tiles, *beside_accuracy(measured.get("held_out") or {})],
        draws=draws,
        lengths=[
            Tile(LENGTHS.get(name, plainly(name)), round(value))
            for name, value in (measured.get("length") or {}).items()
            if value is not None
        ],
        held_out=held_out(result),
        best_of_n=best_of_n(result),
        made=list(making(result)),
        mixture=list(mixed(run, measured.get("mixture") or [])),
    )


def mixed(run: Run, parts: list[dict[str, Any]]) -> Iterator[MixedDataset]:
    """By the names of the versions; a file of another run has only that of its place."""
    rows = run.run_versions.filter(role=RunVersion.Role.INPUT).select_related("version") if parts else []
    versions = {row.name: str(row.version) for row in rows}
    for part in parts:
        name, share = part["name"], part["share"]
        yield MixedDataset(versions.get(name, name), 100 * share, part["rows"], part["different"], part["drawn"])


def place(name: str) -> int:
    """In the order of WORDS, which a database of JSON does not keep; what is new comes last."""
    return list(WORDS).index(name) if name in WORDS else len(WORDS)


def drawn(run: Run, counts: dict[str, int]) -> DrawTable | None:
    """A row for each draw; its counts are taken out of `counts`."""
    named = [draw["name"] for draw in run.spec.get("settings", {}).get("draws", ())]
    rare = [what for what in DRAWN_RARELY if any(f"{name}_{what}" in counts for name in named)]
    found = {name: [counts.pop(f"{name}_{what}", None) for what in (*DRAWN, *rare)] for name in named}
    rows = [DrawFigures(name, row) for name, row in found.items() if any(value is not None for value in row)]
    return DrawTable([(DRAWN | DRAWN_RARELY)[what] for what in (*DRAWN, *rare)], rows) if rows else None


def beside_accuracy(found: Mapping[str, Any]) -> Iterator[Tile]:
    return (Tile(label, found[name], says) for name, (label, says) in HELD_OUT.items() if name in found)


def paid(result: Mapping[str, Any]) -> dict[str, Any]:
    """Of what asked a judge beside other work; a run of a judge has a section of its own for it."""
    if not result.get("calls") or "judged" in result:
        return {}
    return {"calls": result["calls"], "spent": dollars(result["price"])}


def told(name: str, value: Any) -> Iterator[Tile]:
    """A figure; of one with parts each part."""
    if isinstance(value, Mapping):
        for part, inner in value.items():
            yield from told(f"{name} {part}", inner)
    elif isinstance(value, list):
        yield Tile(plainly(name), ", ".join(map(str, value)))
    elif value is not None:
        # Of several models each is counted: `without_2` is of the second.
        known, _, number = name.rpartition("_")
        label, says = WORDS.get(known if number.isdecimal() else name, (plainly(name), ""))
        yield Tile(f"{label}, model {number}" if number.isdecimal() and known in WORDS else label, value, says)


def plainly(name: str) -> str:
    return name.replace("_", " ").replace("cpu", "CPU").capitalize().replace("Cpu", "CPU")


def making(result: Mapping[str, Any]) -> Iterator[Tile]:
    """Engine, times, packages and files."""
    if engine := (result.get("figures") or {}).get("engine"):
        yield Tile("Engine", engine, "What computed the answers or scores.")
    if result.get("seconds"):
        yield Tile("Time", span(result["seconds"]), "Of its last start, without what it waited.")
    if result.get("cpu_seconds"):
        yield Tile("CPU time", span(result["cpu_seconds"]), "Of all cores together.")
    if result.get("resumed_from"):
        yield Tile("Resumed from", result["resumed_from"])
    if versions := result.get("versions"):
        yield Tile("Packages", ", ".join(f"{name} {number}" for name, number in versions.items()))
    if files := result.get("files"):
        yield Tile("Files", ", ".join(f"{name} ({filesizeformat(file['bytes'])})" for name, file in files.items()))
