"""Small rows for tests of annotation: `pair("Name a prime.")`, `judge(pair, 2)`."""

from collections.abc import Sequence
from typing import Any

from annotation.models import Author, Collection, Judgment, Pair, Prompt, Response, Score
from annotation.models.prompts import Message, digest
from annotation.models.responses import text_digest
from annotation.review.pair_lock import changing


def collection(slug: str = "a-collection", **fields: Any) -> Collection:
    return Collection.objects.get_or_create(slug=slug, defaults={"name": slug} | fields)[0]


def author(name: str, kind: str = "model") -> Author:
    return Author.objects.get_or_create(name=name, kind=kind)[0]


def prompt(text: str = "Name a prime.", **fields: Any) -> Prompt:
    messages = [{"role": "user", "content": text}]
    return Prompt.objects.create(**({"collection": collection(), "messages": messages} | fields))


def response(of: Prompt, text: str = "Seven.", by: str = "a-model", **fields: Any) -> Response:
    return Response.objects.create(prompt=of, author=author(by), text=text, **fields)


def score(of: Response, value: float, by: str = "a-reward-model") -> Score:
    return Score.objects.create(response=of, author=author(by, "reward_model"), value=value)


def pair(text: str = "Name a prime.", left: str = "Four.", right: str = "Seven.", **fields: Any) -> Pair:
    of = prompt(text, **fields)
    return paired(response(of, left, "one-model"), response(of, right, "other-model"))


def pairs(texts: Sequence[tuple[str, str, str]]) -> list[Pair]:
    """What `pair` makes of each of different prompts, in few queries for all of them."""
    into, by = collection(), (author("one-model"), author("other-model"))
    within = {"project_id": into.project_id}
    prompts = Prompt.objects.bulk_create(
        Prompt(collection=into, text=text, messages=said, digest=digest(said), **within)
        for text, *_ in texts
        for said in [[Message(role="user", content=text)]]
    )
    responses = Response.objects.bulk_create(
        Response(prompt=of, author=who, text=text, digest=text_digest(text), length=len(text), **within)
        for of, (_, *both) in zip(prompts, texts, strict=True)
        for who, text in zip(by, both, strict=True)
    )
    return Pair.objects.bulk_create(
        Pair(prompt=left.prompt, collection=into, left=left, right=right, **within)
        for left, right in zip(responses[::2], responses[1::2], strict=True)
    )


def paired(one: Response, other: Response) -> Pair:
    """As a file may hold it: also of two equal texts."""
    left, right = sorted((one, other), key=lambda response: response.pk)
    of_prompt = {"prompt": left.prompt, "collection": left.prompt.collection}
    return Pair.objects.get_or_create(left=left, right=right, defaults=of_prompt)[0]


def judge(of: Pair, grade: int | None, by: str = "a-judge", kind: str = "judge", **fields: Any) -> Judgment:
    state = "failed" if grade is None else "valid"
    given = {"shown": "left_first", "state": state, "grade": grade} | fields
    with changing([of.pk]):
        made = Judgment.objects.create(pair=of, author=author(by, kind), **given)
    return made
