"""Small rows for tests of annotation: `pair("Name a prime.")`, `judge(pair, 2)`."""

from typing import Any

from annotation.models import Author, Collection, Judgment, Pair, Prompt, Response, Score
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
