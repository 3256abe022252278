"""A filled studio made hostile to its pages: names as long as may be, words without a blank, marks upon marks."""

from django.db.models import CharField, F, Model, Value
from django.db.models.functions import Concat, Left

from annotation.models import Author, Collection, Judgment, Pair, Prompt, Remark, Response, Version
from studio.accounts.models import ApiToken, User
from training.models import BenchmarkResult, Checkpoint, Run, TaskResult, Worker

WORD = "w" * 300
PROMPT = "p" * 5_000
MARKS = "a" + "\u0301" * 3_000
WIDE = f"| {WORD} | {'b ' * 200} |\n|---|---|\n| 1 | 2 |"
CODE = f"```python\n{WORD}\n```"
MATHEMATICS = r"\[ " + " + ".join(f"x_{{{number}}}" for number in range(200)) + r" \]"
NAMES: dict[type[Model], tuple[str, ...]] = {
    Author: ("name",),
    Collection: ("name", "source", "licence"),
    Prompt: ("category",),
    Pair: ("source",),
    Version: ("name",),
    Checkpoint: ("name",),
    Run: ("name",),
    Worker: ("name",),
    TaskResult: ("task",),
    BenchmarkResult: ("name", "baseline", "judge"),
    ApiToken: ("name",),
}
TEXTS: dict[type[Model], tuple[str, ...]] = {
    Collection: ("description", "guidelines"),
    Version: ("notes",),
    Checkpoint: ("notes",),
    Judgment: ("rationale",),
    Remark: ("reason",),
}


def spoil() -> None:
    for model, names in NAMES.items():
        for name in names:
            field = model._meta.get_field(name)
            assert isinstance(field, CharField) and field.max_length
            model._default_manager.update(**{name: Left(Concat(F(name), Value(WORD)), field.max_length)})
    for model, names in TEXTS.items():
        model._default_manager.update(**dict.fromkeys(names, f"{WORD} {MARKS}"))
    Run.objects.filter(state="failed").update(error=f"learning_rate: {WORD}")
    User.objects.update(first_name=WORD[:150], last_name=WORD[:150])
    for number, prompt in enumerate(Prompt.objects.order_by("-pk")[:60]):
        prompt.messages = [{"role": "user", "content": (PROMPT, MARKS, f"{WORD} {WIDE}")[number % 3]}]
        prompt.text = f"{prompt.messages[0]['content']} {number}"
        Prompt.objects.filter(pk=prompt.pk).update(messages=prompt.messages, text=prompt.text)
    bodies = (WORD, MARKS, WIDE, CODE, MATHEMATICS, PROMPT)
    for number, response in enumerate(Response.objects.order_by("pk")):
        Response.objects.filter(pk=response.pk).update(text=f"{bodies[number % len(bodies)]}\n\n{number}")
