"""What authors answered to a benchmark's questions, and who has not answered which."""

from annotation.models import Author, Collection, Prompt, Response
from studio.manage_command import manage
from studio.words import counted
from training.runs.failures import RunFailed

# A prompt's id → the response.
Answers = dict[int, Response]


def answers(collection: Collection, author: Author) -> Answers:
    """The author's newest response to each question: a checkpoint that was sampled twice is measured by the last."""
    newest = Response.objects.filter(prompt__collection=collection, author=author).order_by("prompt", "-pk")
    return {response.prompt_id: response for response in newest.distinct("prompt").defer("search")}


def questions(collection: Collection) -> list[int]:
    """Ids of the set's questions, in the order in which they were imported."""
    return list(Prompt.objects.filter(collection=collection).order_by("pk").values_list("pk", flat=True))


def whole(collection: Collection, answered: dict[Author, Answers]) -> None:
    """Raises RunFailed unless everybody answered every question; says who lacks how many, and what to do."""
    asked = questions(collection)
    if not asked:
        raise RunFailed(f"collection: {collection} holds no questions. Import them first.")
    lacking = {author: len(asked) - len(given) for author, given in answered.items() if len(given) < len(asked)}
    if lacking:
        told = [f"{author} has {len(asked) - n} of {counted(len(asked), 'response')}" for author, n in lacking.items()]
        raise RunFailed(f"{'; '.join(told)}. {' '.join(remedy(author, collection) for author in lacking)}")


def remedy(author: Author, collection: Collection) -> str:
    """A checkpoint can answer; of anybody else the file has to come from elsewhere."""
    if hasattr(author, "checkpoint"):
        return f"Sample the rest: `{manage('sample_rest', author, collection=collection.slug)}`."
    command = manage("import_data", "alpaca_outputs", "FILE", collection=collection.slug)
    return f"Import the rest of {author}: `{command}`, or measure what is there with `partial`."
