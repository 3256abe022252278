"""The chats of FastChat's judges: the prompt by category and turn, filled with all turns of question and answers."""

from collections.abc import Mapping, Sequence

from annotation.judges.config.description import Judge, JudgeInvalid, Template
from annotation.judges.config.published.fastchat import JudgePrompt, Kind, Question, prompt_name, user_prompt
from annotation.judges.protocols.asking import references
from annotation.models import Prompt, Response
from annotation.models.prompts import Message


def chat(judge: Judge, kind: Kind, prompt: Prompt, answers: Mapping[str, Sequence[str]]) -> list[Message]:
    """Raises JudgeInvalid where the question lacks what the judge's prompt shows."""
    question = asked(prompt)
    name, template = chosen(judge, kind, question.category)
    wanted = judge.turn or 1
    needs = {
        "turns": question.turns,
        **({"reference": question.reference} if "{ref_answer_1}" in template.user else {}),
        **{f"answers of assistant {side.upper()}".rstrip(): given for side, given in answers.items()},
    }
    if missing := [what for what, given in needs.items() if len(given) < wanted]:
        raise JudgeInvalid(
            f"{judge.name} cannot judge turn {wanted} of question {prompt.metadata.get('question_id', prompt.pk)}: too"
            f" few {' and '.join(missing)}. Import them, or leave the question out."
        )
    text = user_prompt(JudgePrompt(name, template.system, template.user), question, answers)
    return [{"role": "system", "content": template.system}, {"role": "user", "content": text}]


def chosen(judge: Judge, kind: Kind, category: str) -> tuple[str, Template]:
    """By category and turn; of a judge with one prompt, that one."""
    if len(judge.prompts) == 1:
        return next(iter(judge.prompts.items()))
    name = prompt_name(kind, category, judge.turn or 1)
    if name not in judge.prompts:
        raise JudgeInvalid(f"{judge.name} has no prompt {name!r} for the category {category!r}.")
    return name, judge.prompts[name]


def asked(prompt: Prompt) -> Question:
    turns = prompt.metadata.get("turns") or [prompt.text]
    return Question(prompt.metadata.get("category") or prompt.category, turns, references(prompt))


def turns(response: Response) -> list[str]:
    return response.metadata.get("turns") or [response.text]
