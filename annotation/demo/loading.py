"""The demo: pairs written by hand, ready to be reviewed, and the prompts of the toy world."""

from collections.abc import Iterable
from pathlib import Path

from annotation.demo import world
from annotation.interchange.entries import Entry, Turn
from annotation.interchange.imports import import_entries, import_file
from annotation.models import Collection, Pair
from annotation.review.queue import open_slots

DATA = Path(__file__).parent / "data"
HAND_WRITTEN = DATA / "hand_written.jsonl"
JUDGE_TEST = DATA / "judge_test.jsonl"
LICENCE = "Apache-2.0"
# Two ends of the toy world's 4,320 prompts: what is trained on, and what nothing is trained on.
TRAINING, HELD_OUT = 3_600, 720

GUIDELINES = """\
Which response would you rather get? Read the prompt as the person who wrote it.

1. **Right** before everything else: a wrong answer that reads well is a wrong answer.
2. **Asked for**: form, length and language count where the prompt states them.
3. **Useful**: something that can be done or understood now.
4. Longer is not better.

*Slightly* where you could argue for the other, *much* where you could not. A tie is an honest verdict; say *both bad*
where you would want neither.
"""


def load() -> None:
    """Make the demo's collections in the project at work, or complete them. Safe to run again."""
    reviewed = collection(
        "demo",
        "Demo: written by hand",
        description="Two responses to each of twenty-four prompts, all written by hand, with verdicts to compare.",
        guidelines=GUIDELINES,
        overlap=2,
    )
    with HAND_WRITTEN.open("rb") as stream:
        import_file(stream, "pairs", reviewed, file=HAND_WRITTEN.name)
    open_slots(Pair.objects.filter(collection=reviewed))
    tested = collection(
        "judge-test",
        "Judge test: which is right?",
        description="Twenty pairs written by hand, each with the response that is right, to try a judge at once. The"
        " wrong one may be longer or tidier, or speak to the judge. Too few to tell two good judges apart.",
    )
    with JUDGE_TEST.open("rb") as stream:
        import_file(stream, "pairs", tested, file=JUDGE_TEST.name)
    load_toys("toy-train", "Toy world: training", world.training_prompts(TRAINING))
    load_toys("toy-held-out", "Toy world: held out", world.held_out_prompts(HELD_OUT))


def load_toys(slug: str, name: str, prompts: Iterable[str]) -> None:
    toys = collection(slug, name, description="Made-up tasks from closed lists of words, for training tiny models.")
    import_entries((Entry(prompt=[Turn(role="user", content=prompt)], category="toy") for prompt in prompts), toys)


def collection(slug: str, name: str, **fields: object) -> Collection:
    told = {"name": name, "source": "Made for this project", "licence": LICENCE, **fields}
    return Collection.objects.get_or_create(slug=slug, defaults=told)[0]
