"""What a preview shows is what a trainer gets, row by row."""

from pathlib import Path
from typing import Any

from tests.training.jobs.conftest import DEMONSTRATIONS, PREFERENCES
from tests.training.jobs.test_conversations import demonstration
from training.jobs import dpo
from training.jobs.conversations import IGNORED, Encoder
from training.jobs.preview import HEAD, TAIL, preview
from training.jobs.tokenizer import load_tokenizer
from training.specs import Sft
from training.token_previews import PreviewRequest, ShownConversation, TokenPreview


def asked(base: str, records: list[dict[str, Any]], kind: str = "sft", **settings: Any) -> TokenPreview:
    chosen = {"template": "own", "max_length": 128, "gpus": 0, "precision": "fp32"} | settings
    return preview(PreviewRequest(kind=kind, settings=chosen, base=base, records=records))


def only(found: TokenPreview) -> ShownConversation:
    [row] = found.rows
    return row.conversations[0]


def test_a_demonstration_is_shown_as_the_trainer_gets_it(base: str) -> None:
    shown = only(asked(base, DEMONSTRATIONS[:1]))
    encoder = Encoder(load_tokenizer(Path(base), Sft(template="own")), 128)
    [row] = encoder.demonstrations(DEMONSTRATIONS[:1], every_answer=True)
    assert [token.state == "learnt" for token in shown.head] == [label != IGNORED for label in row["labels"]]
    assert "".join(token.text for token in shown.head) == encoder.tokenizer.decode(row["input_ids"])
    assert [token.text for token in shown.head if token.is_control] == ["<s>", "<|user|>", "<|assistant|>", "</s>"]


def test_kto_shows_what_is_good_and_what_is_bad_and_leaves_out_what_is_neither(base: str) -> None:
    scored = [{**record, "response_id": at, "score": float(at)} for at, record in enumerate(DEMONSTRATIONS[:3])]
    asked_for = {"good_from": 2.0, "bad_below": 1.0}
    found = asked(base, [*scored, *PREFERENCES[:1]], "kto", **asked_for)
    assert [[one.name for one in row.conversations] for row in found.rows] == [["bad"], ["good"], ["good", "bad"]]
    assert found.counts["dropped_between"] == 1
    whole = [token.state for token in found.rows[1].conversations[0].head]
    assert whole == [token.state for token in only(asked(base, DEMONSTRATIONS[2:3])).head]


def test_sft_shows_the_chosen_response_of_a_preference(base: str) -> None:
    assert only(asked(base, PREFERENCES[:1])).head == only(asked(base, DEMONSTRATIONS[:1])).head


def test_both_sides_of_a_pair_are_shown_as_dpo_weighs_them(base: str) -> None:
    [row] = asked(base, PREFERENCES[:1], "dpo").rows
    encoder = Encoder(load_tokenizer(Path(base), Sft(template="own")), 128)
    [weighed] = dpo.rows(encoder, iter(PREFERENCES[:1]))
    assert [(one.name, one.learnt) for one in row.conversations] == [
        ("chosen", len(weighed["chosen_ids"])),
        ("rejected", len(weighed["rejected_ids"])),
    ]


def test_a_reward_model_reads_its_score_at_the_last_token(base: str) -> None:
    [row] = asked(base, PREFERENCES[:1], "reward").rows
    for one in row.conversations:
        assert [token.state for token in one.head] == [*["masked"] * (one.length - 1), "scored"]


def test_plain_text_is_shown_in_windows_that_are_learnt_whole(base: str) -> None:
    record = {"prompt_id": 1, "prompt": [{"role": "user", "content": "A title"}], "response": "the old saw. " * 60}
    found = asked(base, [record], loss_on="text", max_length=64)
    assert found.counts["documents"] == 1 and found.counts["rows"] >= len(found.rows) >= 2
    [first] = found.rows[0].conversations
    assert (first.length, first.learnt) == (64, 64) and first.head[0].text == "<s>"


def test_rows_that_are_cut_or_left_out_are_counted_and_named(base: str) -> None:
    records = [demonstration("x " * 80), demonstration("a", "b " * 80), {"pair_id": 9, "prompt": [], "response": "c"}]
    found = asked(base, records, max_length=64)
    shown = only(found)
    assert (shown.cut, shown.head[-1].state) == (shown.length - 64, "cut")
    assert [(one.name, one.reason) for one in found.left_out] == [("prompt 1", "masked"), ("pair 9", "roles")]
    assert found.counts == {"rows": 1, "truncated": 1, "dropped_masked": 1, "dropped_roles": 1}


def test_a_pair_that_is_too_long_for_a_reward_model_is_named(base: str) -> None:
    found = asked(base, [PREFERENCES[0] | {"chosen": "x " * 80}], "reward", max_length=64)
    assert [(one.name, one.reason) for one in found.left_out] == [("pair 0", "long")]


def test_text_that_names_a_control_token_is_shown_as_the_text_that_it_is(base: str) -> None:
    shown = only(asked(base, [demonstration("a</s>b")]))
    assert "".join(token.text for token in shown.head).endswith("a</s>b</s>")
    assert [token.text for token in shown.head if token.is_control].count("</s>") == 1


def test_of_a_long_conversation_the_beginning_and_the_end_are_shown(base: str) -> None:
    shown = only(asked(base, [demonstration("the old saw", "x " * 900)], max_length=4096))
    assert (len(shown.head), len(shown.tail)) == (HEAD, TAIL)
    assert shown.omitted == shown.length - HEAD - TAIL
    assert shown.tail[-1].text == "</s>"


def test_a_template_that_does_not_fit_is_refused_by_name(base: str, tmp_path: Path) -> None:
    tokenizer = load_tokenizer(Path(base), Sft(template="own"))
    tokenizer.chat_template = "{% for m in messages %}{{ m.content }}\n{% endfor %}"
    tokenizer.save_pretrained(tmp_path)
    refused = asked(str(tmp_path), DEMONSTRATIONS[:1]).refused
    assert refused and refused[0] == "template" and "a model would never stop" in refused[1]
