import hashlib
import threading
from collections.abc import Callable
from contextvars import copy_context
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.db import connection

from annotation.datasets import versions
from annotation.datasets.definitions import DefinitionInvalid, Preferences
from annotation.datasets.selection import reasons, rows
from annotation.datasets.versions import CHUNK, freeze, freeze_rows, records, write
from annotation.models import Judgment, Version
from studio.database.bounds import FREEZING
from tests.annotation.making import author, judge, pair, prompt, response, score
from tests.turns import taken

pytestmark = pytest.mark.django_db


def frozen(kind: str, **definition: Any) -> list[dict[str, Any]]:
    return list(records(freeze("a-set", kind, definition)))


def left_out(**definition: Any) -> dict[str, int]:
    return dict(freeze("a-set", "preferences", definition).counts["left_out"])


def test_a_preference_is_the_response_that_was_preferred_by_how_much_and_by_how_many() -> None:
    judged = pair("Name a prime.", "Four.", "Seven.")
    judge(judged, 3, "ann", "person")
    judge(judged, 2, "gpt-4")
    (record,) = frozen("preferences")
    assert (record["chosen"], record["rejected"]) == ("Seven.", "Four.")
    assert (record["margin"], record["votes"], record["split"]) == (2.5, 2, "train")
    assert (record["pair_id"], record["prompt"]) == (judged.pk, [{"role": "user", "content": "Name a prime."}])


def test_a_preference_says_how_many_agree_with_it_and_of_what_it_is() -> None:
    judged = pair("Name a prime.", "Four.", "Seven.")
    judged.prompt.category, judged.prompt.metadata = "math", {"language": "en"}
    judged.prompt.save()
    judge(judged, 3, "ann", "person")
    judge(judged, 1, "bo", "person")
    judge(judged, -1, "gpt-4", preference=0.2)
    judge(judged, 0, "eve", "person")
    judge(judged, None, "broken")
    judge(pair("Plain?", "Yes.", "No."), -1)
    record, plain = frozen("preferences")
    assert record["agreement"] == pytest.approx((1 + 1 + 0.2 + 0.5) / 4)
    assert (record["category"], record["language"]) == ("math", "en")
    assert plain["agreement"] == 1.0 and "category" not in plain and "language" not in plain


def test_a_demonstration_has_the_weights_that_its_response_was_imported_with() -> None:
    asked = prompt("Name a prime.")
    for text, weight in (("Two.", [0.5, 1]), ("Three.", 2), ("Five.", "much"), ("Seven.", None)):
        answer = response(asked, text)
        answer.metadata = {} if weight is None else {"weight": weight}
        answer.save()
    assert [row.get("weight") for row in frozen("demonstrations")] == [[0.5, 1], 2, None, None]


def test_a_negative_mean_prefers_the_left() -> None:
    judge(pair(left="Seven.", right="Four."), -1)
    assert frozen("preferences")[0]["chosen"] == "Seven."


def test_what_is_left_out_is_counted_with_its_reason() -> None:
    judge(pair("1"), 3)
    judge(pair("2"), 0)
    judge(pair("3"), None)
    judge(pair("4"), 1)
    judge(pair("5", "Same.", "Same."), 2)
    pair("6")
    asked = Preferences(min_grade=2)
    assert list(reasons(asked)) == [(row.prompt_id, row.left_out) for row in rows(asked)]
    assert left_out(min_grade=2) == {
        "tie": 1,
        "the judge failed": 1,
        "too close to a tie": 1,
        "both responses are the same": 1,
        "not judged": 1,
    }


def test_a_judge_that_contradicts_itself_is_a_tie_or_is_left_out() -> None:
    alone, among = pair("1"), pair("2")
    judge(alone, 0, "gpt-4", consistent=False)
    judge(among, 0, "gpt-4", consistent=False)
    judge(among, 2, "ann", "person")
    assert left_out() == {"the judge contradicts itself over the swap": 1}
    assert frozen("preferences")[0]["margin"] == 1.0
    assert freeze("a-set", "preferences", {}).counts["inconsistent"] == 1
    (record,) = frozen("preferences", consistent_only=True)
    assert (record["margin"], record["votes"]) == (2.0, 1)
    made = freeze("a-set", "preferences", {"consistent_only": True})
    assert made.counts["left_out"] == {"the judge contradicts itself over the swap": 1}
    assert "inconsistent" not in made.counts


def test_only_the_chosen_authors_and_kinds_vote() -> None:
    judged = pair()
    judge(judged, 3, "ann", "person")
    judge(judged, -1, "gpt-4")
    assert frozen("preferences", kinds=["person"])[0]["margin"] == 3
    assert frozen("preferences", authors=[author("gpt-4", "judge").pk])[0]["margin"] == 1
    assert frozen("preferences")[0]["votes"] == 2


def test_a_superseded_judgment_has_no_vote() -> None:
    old = judge(pair(), 3)
    Judgment.objects.filter(pk=old.pk).update(superseded_at=old.created_at)
    judge(old.pair, -2)
    assert [(row["margin"], row["votes"]) for row in frozen("preferences")] == [(2, 1)]


def test_too_few_votes_are_no_preference() -> None:
    judge(pair("1"), 1)
    both = pair("2")
    judge(both, 1, "one")
    judge(both, 1, "two")
    assert left_out(min_votes=2) == {"too few judgments": 1}


def test_pairs_can_be_kept_by_who_wrote_them() -> None:
    judge(pair(), 1)
    written_by = [author("one-model").pk, author("other-model").pk]
    assert len(frozen("preferences", written_by=written_by)) == 1
    with pytest.raises(DefinitionInvalid, match="no record"):
        frozen("preferences", written_by=written_by[:1])


def test_demonstrations_are_responses_and_an_empty_one_is_left_out() -> None:
    one = prompt()
    response(one, "Seven.")
    response(one, " ", by="mute")
    version = freeze("a-set", "demonstrations", {})
    assert [row["response"] for row in records(version)] == ["Seven."]
    assert version.counts["left_out"] == {"the response is empty": 1}


def test_the_best_scored_response_of_each_prompt_can_be_taken() -> None:
    one, other, unscored = prompt("1"), prompt("2"), prompt("3")
    for of, values in ((one, (0.5, 2.0, 1.0)), (other, (-3.0, -1.0))):
        for value in values:
            score(response(of, f"{value}"), value)
    response(unscored)
    version = freeze("a-set", "demonstrations", {"best_by": author("a-reward-model", "reward_model").pk})
    assert [row["response"] for row in records(version)] == ["2.0", "-1.0"]
    assert version.counts["left_out"] == {"no response has a score": 1}


def test_responses_come_with_their_score_or_none() -> None:
    scored, bare = response(prompt("1")), response(prompt("2"))
    score(scored, 1.25)
    rows = frozen("responses", scored_by=author("a-reward-model", "reward_model").pk)
    assert [(row["response_id"], row["score"]) for row in rows] == [(scored.pk, 1.25), (bare.pk, None)]


def test_prompts_can_be_chosen_by_collection_and_category() -> None:
    prompt("1", category="maths")
    prompt("2", category="code")
    assert [row["prompt"][0]["content"] for row in frozen("prompts", categories=["code"])] == ["2"]
    with pytest.raises(DefinitionInvalid, match="no record"):
        frozen("prompts", collections=["elsewhere"])


def test_so_many_prompts_are_drawn_by_the_seed() -> None:
    for n in range(30):
        prompt(f"Prompt {n}.")
    drawn = [{row["prompt_id"] for row in frozen("prompts", limit=10, seed=seed)} for seed in (1, 1, 2)]
    assert [len(ids) for ids in drawn] == [10, 10, 10]
    assert drawn[0] == drawn[1] != drawn[2]


def test_a_prompt_lies_on_one_side_only_in_every_version() -> None:
    for n in range(60):
        judge(pair(f"Prompt {n}."), 2)
    sides: dict[str, set[str]] = {}
    for kind in ("preferences", "demonstrations", "prompts"):
        for row in frozen(kind, test_share=0.4, seed=3):
            sides.setdefault(row["prompt"][0]["content"], set()).add(row["split"])
    assert all(len(side) == 1 for side in sides.values())
    assert set.union(*sides.values()) == {"train", "test"}


def test_versions_of_one_name_are_numbered() -> None:
    prompt()
    assert [freeze("a-set", "prompts", {}).number for _ in range(3)] == [1, 2, 3]
    assert freeze("another", "prompts", {}).number == 1


def test_a_version_that_gives_nothing_is_not_made() -> None:
    with pytest.raises(DefinitionInvalid, match="no record"):
        freeze("a-set", "prompts", {})
    assert not Version.objects.exists()


def test_the_file_that_is_written_has_the_versions_digest(tmp_path: Path) -> None:
    for n in range(5):
        score(response(prompt(f"Prompt {n}. 漢\u2028")), n / 3)
    version = freeze("a-set", "responses", {"scored_by": author("a-reward-model", "reward_model").pk})
    assert write(version, tmp_path / "data.jsonl") == version.digest
    assert hashlib.sha256((tmp_path / "data.jsonl").read_bytes()).hexdigest() == version.digest


def test_one_split_can_be_written_alone(tmp_path: Path) -> None:
    for n in range(40):
        prompt(f"Prompt {n}.")
    version = freeze("a-set", "prompts", {"test_share": 0.5})
    for split in ("train", "test"):
        write(version, tmp_path / split, split)
        rows = [orjson.loads(row) for row in (tmp_path / split).read_bytes().splitlines()]
        assert len(rows) == version.counts[split] > 0
        assert {row["split"] for row in rows} == {split}


def test_what_is_judged_later_does_not_change_a_version(tmp_path: Path) -> None:
    judged = pair()
    judge(judged, 3)
    version = freeze("a-set", "preferences", {})
    judge(judged, -3, "another")
    assert [row["margin"] for row in records(version)] == [3]


def test_rows_that_a_machine_made_are_kept_as_they_are() -> None:
    of = prompt()
    rows = [{"prompt_id": of.pk, "prompt": of.messages, "response": f"{n}", "rank": n} for n in range(CHUNK + 5)]
    version = freeze_rows("best", "demonstrations", iter(rows), {"from": "run 7"})
    assert version.definition == {"from": "run 7"}
    assert version.counts == {"items": CHUNK + 5, "train": CHUNK + 5, "test": 0, "prompts": 1, "left_out": {}}
    assert [row["rank"] for row in records(version)] == list(range(CHUNK + 5))


def test_rows_may_bring_their_split() -> None:
    of = prompt()
    row = {"prompt_id": of.pk, "prompt": of.messages, "split": "test"}
    assert freeze_rows("held-out", "prompts", [row], {}).counts["test"] == 1


@pytest.mark.django_db(transaction=True)
def test_two_freezes_at_once_get_two_numbers() -> None:
    prompt()

    def work() -> None:
        freeze("a-set", "prompts", {})
        connection.close()

    threads = [threading.Thread(target=copy_context().run, args=(work,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(Version.objects.values_list("number", flat=True)) == [1, 2, 3, 4]


def test_the_wait_for_another_version_of_the_name_takes_none_of_the_time_to_freeze() -> None:
    prompt()
    bounds: list[str] = []

    def note(execute: Callable[..., Any], sql: str, *given: Any) -> Any:
        if "pg_advisory_xact_lock" in sql or sql.startswith('INSERT INTO "annotation_version"'):
            with connection.cursor() as cursor:
                cursor.execute("SHOW statement_timeout")
                bounds.append(cursor.fetchone()[0])
        return execute(sql, *given)

    with connection.execute_wrapper(note):
        assert freeze("a-set", "prompts", {}).number == 1
    assert (versions.WAITS, FREEZING, bounds) == (300, 120, ["5min", "2min"])


def test_whoever_waits_for_too_long_is_told_for_what(monkeypatch: pytest.MonkeyPatch) -> None:
    prompt()
    monkeypatch.setattr(versions, "WAITS", 1)
    with taken("annotation.version a-set"), pytest.raises(DefinitionInvalid, match="name: Another version"):
        freeze("a-set", "prompts", {})


def test_a_prompt_that_knows_its_later_turns_hands_them_on() -> None:
    prompt("Name a prime.", category="math", metadata={"turns": ["Name a prime.", "Another?"]})
    (record,) = frozen("prompts")
    assert record["category"] == "math"
    assert record["follow_ups"] == [{"content": "Another?", "heading": "\n\n---\n\n> Another?\n\n"}]
