"""A collection's questions and answers by their published numbers, for files that hold nothing else."""

from collections.abc import Iterator
from functools import cached_property

from annotation import turns
from annotation.interchange.entries import Answer, Numbered, Refused, Turn
from annotation.models import Author, Collection, Prompt, Response


class Questions:
    """Read at the first need, and once for a whole file."""

    def __init__(self, collection: Collection) -> None:
        self.collection = collection

    def question(self, number: int | str) -> Numbered:
        """Raises Refused."""
        if (found := self.by_number.get(str(number))) is None:
            raise Refused(
                "question_id",
                f"The collection has no question {number}.",
                "Import the questions into this collection first.",
            )
        return found

    def answer(self, number: int | str, model: str) -> Answer:
        """The model's newest answer. Raises Refused."""
        self.question(number)
        if (found := self.by_model.get((str(number), model))) is None:
            raise Refused(
                "model",
                f"{model} has no answer to question {number} in this collection.",
                "Import its answers first, under this very name.",
            )
        return found

    def answer_called(self, answer_id: str) -> Answer:
        """Raises Refused."""
        if (found := self.by_id.get(answer_id)) is None:
            raise Refused("answer_id", f"The collection has no answer {answer_id}.", "Import the answers first.")
        return found

    @cached_property
    def by_number(self) -> dict[str, Numbered]:
        if self.collection.pk is None:
            return {}
        found = Prompt.objects.filter(collection=self.collection, metadata__has_key="question_id")
        return {
            str(metadata["question_id"]): Numbered(
                [Turn(**message) for message in messages],
                turns.asked(metadata, messages[-1]["content"]),
                category,
            )
            for metadata, messages, category in found.values_list("metadata", "messages", "category")
        }

    @cached_property
    def by_model(self) -> dict[tuple[str, str], Answer]:
        return {(number, answer.author): answer for number, answer in self.answers()}

    @cached_property
    def by_id(self) -> dict[str, Answer]:
        return {str(answer.metadata["answer_id"]): answer for _, answer in self.answers() if answer.metadata}

    def answers(self) -> Iterator[tuple[str, Answer]]:
        """Answers of models in the order in which they came, with the numbers of their questions."""
        found = Response.objects.filter(
            prompt__collection=self.collection,
            prompt__metadata__has_key="question_id",
            author__kind=Author.Kind.MODEL,
        )
        rows = found.order_by("pk").values_list("prompt__metadata__question_id", "author__name", "text", "metadata")
        for number, author, text, metadata in rows.iterator():
            published = {key: metadata[key] for key in ("answer_id",) if key in metadata}
            yield str(number), Answer(author=author, text=text, metadata=published)
