"""A chat template that somebody pasted: it is learnt by, stays with the checkpoint, or is refused by name."""

from pathlib import Path

from tests.training.jobs.conftest import DEMONSTRATIONS, Run, ask
from training.jobs.conversations import IGNORED, Encoder
from training.jobs.end_tokens import end_tokens
from training.jobs.tokenizer import load_tokenizer
from training.specs import Sft

PASTED = (
    "{% for m in messages %}{{ '<|turn|>' + m.role + '\\n' + m.content + '<|over|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|turn|>assistant\\n' }}{% endif %}"
)
TOKENS = ("<|turn|>", "<|over|>")


def test_it_is_learnt_by_and_goes_with_the_checkpoint(do: Run, base: str) -> None:
    run, result = do("sft", {"train": DEMONSTRATIONS}, base=base, chat_template=PASTED, template_tokens=TOKENS)
    assert result.state == "succeeded" and result.counts["rows"] == 16
    kept = load_tokenizer(run.output, Sft(template="own"))
    assert kept.chat_template == PASTED
    [row] = Encoder(kept).demonstrations(DEMONSTRATIONS[:1], every_answer=True)
    said = kept.decode([id for id in row["labels"] if id != IGNORED])
    assert said == f"{DEMONSTRATIONS[0]['response']}<|over|>"
    assert kept.convert_tokens_to_ids("<|over|>") in end_tokens(run.output, kept)


def test_lines_that_a_browser_sent_are_lines(base: str) -> None:
    spec = Sft(template="own", chat_template="{% for m in messages %}\r\n{{ m.content }}\r\n{% endfor %}")
    assert "\r" not in load_tokenizer(Path(base), spec).chat_template


def test_one_that_does_not_parse_or_never_ends_an_answer_is_refused(do: Run, base: str) -> None:
    for name, text, why in (
        ("broken", "{% for m in messages %}{{ m.content }}", "the chat template refuses it"),
        ("endless", "{% for m in messages %}{{ m.content }} {% endfor %}", "a model would never stop"),
    ):
        _, result = do("sft", {"train": [{"prompt": ask("a"), "response": "b"}]}, name, base=base, chat_template=text)
        assert result.state == "failed" and result.error.startswith("template: ") and why in result.error
